// Recorded messages, one under the other; each opens to its options and its payload.

import { component$ } from '@builder.io/qwik';
import { count, exact } from '../format.ts';
import type { CoapMessage } from '../wire.ts';
import { gistOf, toneOf } from './words.ts';

export const MessageLines = component$(({ rows }: { readonly rows: readonly CoapMessage[] }) => (
  <ol class="messages">
    {rows.map((message) => {
      const { id, at, direction, type, code, size, malformed, payload } = message;
      const [sign, word] = direction === 'in' ? ['→', 'from the device'] : ['←', 'to the device'];
      return (
        <li key={id}>
          <details>
            <summary>
              <span class="mono faint" title={exact(at)}>{exact(at).slice(11, 23)}</span>
              <span class={direction} role="img" aria-label={word} title={word}>{sign}</span>
              <span class="mono type">{type}</span>
              <span class={`code ${toneOf(message)}`}>{malformed === '' ? code : 'malformed'}</span>
              <span class="mono gist">{gistOf(message)}</span>
              <span class="num faint">{count(size)} B</span>
            </summary>
            <Facts message={message} />
            {payload && (
              <>
                <p class="faint">
                  {payload.format === '' ? 'Payload' : `Payload, ${payload.format}`}
                </p>
                <pre class="mono" tabIndex={0}>{payload.text}</pre>
              </>
            )}
          </details>
        </li>
      );
    })}
  </ol>
));

const Facts = component$(({ message }: { readonly message: CoapMessage }) => {
  const { mid, token, address, malformed, options, size } = message;
  const facts = [
    ['Address', address],
    ...(malformed === '' ? [
      ['Message ID', String(mid)], ['Token', token === '' ? 'none' : token],
      ...options.map(({ name, value }) => [name, value]),
    ] : [['Malformed', malformed]]),
    ['Size', `${count(size)} bytes`],
  ];
  return (
    <dl>
      {facts.map(([name, value], index) => (
        <div key={index}><dt>{name}</dt><dd class="mono">{value}</dd></div>
      ))}
    </dl>
  );
});
