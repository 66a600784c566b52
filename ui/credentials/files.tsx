// By what the server and its authorities are known in DTLS, and how long that is good.

import { component$ } from '@builder.io/qwik';
import { Scroll } from '../parts/scroll.tsx';
import { Until } from '../parts/until.tsx';
import type { DtlsFile } from '../wire.ts';

const WORDS: Readonly<Record<DtlsFile['flag'], string>> = {
  '--dtls-cert': 'certificate', '--dtls-ca': 'authority', '--dtls-crl': 'revocation list',
};

export const FilesPanel = component$(({ files }: { readonly files: readonly DtlsFile[] }) => {
  const remedies = new Map(files.filter(({ validity }) => validity !== 'good')
    .map(({ flag, remedy }) => [flag, remedy]));
  return (
    <section class="panel" aria-label="Certificates of the server">
      <header><h2>Certificates of the server</h2></header>
      <Scroll label="Certificates of the server">
        <table class="stacked">
          <thead>
            <tr><th>Name</th><th>What</th><th>File</th><th class="num">Good until</th></tr>
          </thead>
          <tbody>
            {files.map(({ flag, file, name, from, until, validity }) => (
              <tr key={`${flag} ${file} ${name} ${until} ${validity}`}>
                <td>{name}</td>
                <td><span class="tag">{WORDS[flag]}</span></td>
                <td class="mono faint url">{file}</td>
                <td class="num" data-label="good until">
                  <Until from={from} until={until} validity={validity} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {remedies.size > 0 && (
        <ul class="mistakes">
          {Array.from(remedies, ([flag, remedy]) => (
            <li key={flag}><code>{WORDS[flag]}</code><span>{remedy}</span></li>
          ))}
        </ul>
      )}
    </section>
  );
});
