const drawings = new Map<string, Promise<SVGSVGElement | undefined>>();
const styles = new Set<string>();

/** A drawing of the machine of this kind, for this caller alone; `undefined`: there is none, or the daemon is gone. */
export async function chartOf(kind: string): Promise<SVGSVGElement | undefined> {
  let drawing = drawings.get(kind);
  if (!drawing) {
    drawing = fetched(kind);
    drawings.set(kind, drawing);
  }
  const chart = await drawing;
  // A daemon that was gone for a while may have it later.
  if (!chart) drawings.delete(kind);
  return chart?.cloneNode(true) as SVGSVGElement | undefined;
}

async function fetched(kind: string): Promise<SVGSVGElement | undefined> {
  try {
    const answer = await fetch(`/inspect/charts/${encodeURIComponent(kind)}.svg`);
    if (!answer.ok) return undefined;
    // Even a document that is only parsed is under the policy of this page, so its style goes before.
    const text = (await answer.text()).replace(/<style>([^<]*)<\/style>/g, (_, style: string) => {
      adopt(style);
      return '';
    });
    const { documentElement } = new DOMParser().parseFromString(text, 'image/svg+xml');
    if (!(documentElement instanceof SVGSVGElement)) return undefined;
    return document.importNode(documentElement, true);
  } catch {
    return undefined;
  }
}

/** The page's security policy forbids styles within the document; a sheet made by the script itself is none of these. */
function adopt(text: string): void {
  if (styles.has(text)) return;
  styles.add(text);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets.push(sheet);
}
