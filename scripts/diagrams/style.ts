/**
 * The look of a drawing. It lies within each file, so that one is readable alone, in light and in dark; a page that shows
 * several may set the `--chart-…` properties itself. Every rule holds only below `.chart`, because a style in one drawing
 * reaches the whole page that it is put into.
 *
 * A page marks what goes on with two classes: `active` on the states that hold now, `taken` on the label of a transition that
 * was taken just now, whose arrow then lights up with it and fades.
 */
import { fontStack } from './text.js';

const light = {
  paper: '#ffffff',
  frame: '#b3bdca',
  state: '#f4f7fb',
  border: '#8593a8',
  ink: '#1b2430',
  soft: '#5b6778',
  arrow: '#75839a',
  event: '#17406f',
  guard: '#86520a',
  delay: '#7a2f9c',
  error: '#b3261e',
  active: '#fff2c4',
  'active-border': '#d08700',
  taken: '#e0431b',
};

const dark: typeof light = {
  paper: '#12161c',
  frame: '#4a5669',
  state: '#1c232d',
  border: '#66758c',
  ink: '#e6ebf2',
  soft: '#a0adbf',
  arrow: '#7d8ca3',
  event: '#9cc7f7',
  guard: '#e3b26a',
  delay: '#d2a1ea',
  error: '#ff9d92',
  active: '#463506',
  'active-border': '#f2b01e',
  taken: '#ff7a52',
};

/** Custom properties of a drawing that nobody has set from outside: the page's own value wins. */
const defaults = (colours: typeof light): string =>
  Object.entries(colours)
    .map(([name, value]) => `--chart-${name}-default:${value};`)
    .join('');

const colour = (name: keyof typeof light): string => `var(--chart-${name},var(--chart-${name}-default))`;

export const style = `
.chart{${defaults(light)}font-family:${fontStack};background:${colour('paper')}}
@media (prefers-color-scheme:dark){.chart{${defaults(dark)}}}
.chart .box{fill:none;stroke:${colour('frame')};stroke-width:1.2}
.chart .state[data-type=atomic]>.box,.chart .state[data-type=final]>.box,.chart .state[data-type=history]>.box{fill:${colour('state')};stroke:${colour('border')}}
.chart .region>.box{stroke-dasharray:5 4}
.chart .inner{fill:none;stroke:${colour('border')};stroke-width:1}
.chart .rule{stroke:${colour('frame')};stroke-width:1}
.chart text{fill:${colour('ink')};white-space:pre}
.chart .state[data-type=compound] text,.chart .state[data-type=parallel] text{paint-order:stroke;stroke:${colour('paper')};stroke-width:5px;stroke-linejoin:round}
.chart .name{font-weight:700}
.chart .description,.chart .tag,.chart .word,.chart .effect{fill:${colour('soft')}}
.chart .pill{fill:none;stroke:${colour('frame')}}
.chart .event,.chart .always,.chart .done{fill:${colour('event')}}
.chart .always{font-style:italic}
.chart .after{fill:${colour('delay')}}
.chart .error{fill:${colour('error')}}
.chart .guard{fill:${colour('guard')}}
.chart .icon{fill:none;stroke:${colour('delay')};stroke-width:1.1}
.chart .loop{stroke:${colour('arrow')}}
.chart .line{fill:none;stroke:${colour('arrow')};stroke-width:1.3}
.chart .head,.chart .dot{fill:${colour('arrow')}}
.chart .back{fill:${colour('paper')}}
.chart .state.active>.box{stroke:${colour('active-border')};stroke-width:2.4}
.chart .state.active[data-type=atomic]>.box,.chart .state.active[data-type=final]>.box{fill:${colour('active')}}
.chart .label.taken tspan{animation:chart-label 1.6s ease-out}
.chart .transition:has(>.taken)>.line{animation:chart-line 1.6s ease-out}
.chart .transition:has(>.taken)>.head{animation:chart-head 1.6s ease-out}
@keyframes chart-label{0%,40%{text-decoration:underline;fill:${colour('taken')}}}
@keyframes chart-line{0%,40%{stroke:${colour('taken')};stroke-width:3.2}}
@keyframes chart-head{0%,40%{fill:${colour('taken')}}}
@media (prefers-reduced-motion:reduce){
.chart .label.taken tspan,.chart .transition:has(>.taken)>*{animation:none}
.chart .label.taken{text-decoration:underline}
.chart .transition:has(>.taken)>.line{stroke:${colour('taken')};stroke-width:2.4}
}
`.trim();
