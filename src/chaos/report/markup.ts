const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Code points that no XML 1.0 document may hold, not even escaped; lone surrogates among them. */
const notXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Text for the content and the attributes of XML and HTML. */
export const escaped = (text: string): string =>
  text.replace(notXml, '\uFFFD').replace(/[&<>"']/g, (char) => entities[char]!);

/** The same, where line breaks have to outlive the normalisation of attributes. */
export const escapedAttribute = (text: string): string =>
  escaped(text).replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);

/** JSON that stands within a `<script>` of HTML. */
export const embeddedJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
