import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';

/** How a span begins. Attributes never hold a path, a query, a header or a body. */
export interface SpanStart {
  readonly name: string;
  /** `server`: a request to us, which begins a trace; `client`: a call of ours, within one. */
  readonly kind: 'server' | 'client';
  readonly attributes: Attributes;
  /** Of a caller whose traces are the operator's own. */
  readonly traceparent?: string | undefined;
}

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** Runs `work` within a span, which it may describe further; while tracing is off nothing is recorded. */
export function withSpan<T>({ name, kind, attributes, traceparent }: SpanStart, work: (span: Span) => Promise<T>): Promise<T> {
  const parent = kind === 'client' ? context.active() : propagation.extract(ROOT_CONTEXT, traceparent === undefined ? {} : { traceparent });
  return trace.getTracer('hookline').startActiveSpan(name, { kind: KINDS[kind], attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      // Without its message, which may hold what no trace must.
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
