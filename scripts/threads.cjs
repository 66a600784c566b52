// Loaded before anything else by `npm start`. libuv reads this once, before a module can say it:
// with its usual four threads, questions, downloads, password hashes and slow look-ups of names
// can hold all of them while a flush of the journal, and with it every answer to a device, waits.
// 16 hashes, names on half of them at most (libuv's rule), and five for the database.
process.env.UV_THREADPOOL_SIZE ??= '32';
