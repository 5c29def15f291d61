import type { ViewProps } from '../view.js';

export function SequenceView(_props: ViewProps) {
  return <div class="empty">Nothing is shown yet.</div>;
}
