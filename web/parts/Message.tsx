import type { ComponentChildren } from 'preact';
import type { Headers } from '../types';

interface MessageProps {
  readonly title: string;
  readonly headers: Headers | null;
  readonly body: string | null;
  /** What is to be known of the body. */
  readonly note?: string | undefined;
  readonly children?: ComponentChildren;
}

/** One side of a call, headers and body. */
export function Message({ title, headers, body, note, children }: MessageProps) {
  if (headers === null && body === null) return null;
  return (
    <div class="message">
      <h4>{title} {children}</h4>
      {headers !== null && (
        <dl class="headers">
          {Object.entries(headers).map(([name, value]) => (
            <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
          ))}
        </dl>
      )}
      {body !== null && body !== '' && <pre class="body" tabIndex={0}>{prettify(body)}</pre>}
      {note !== undefined && <p class="soft small-text">{note}</p>}
    </div>
  );
}

/** JSON with line breaks; any other text, and JSON that was cut, as it came. */
function prettify(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
}
