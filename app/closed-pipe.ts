// Who reads the output may have seen enough, as `head` has: the command then ends without a word,
// like any other.

/** What a shell says of a command that wrote to nobody: 128 and SIGPIPE. */
const READER_GONE = 141;

export function endWithReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') process.exit(READER_GONE);
      throw new Error(message);
    });
  }
}
