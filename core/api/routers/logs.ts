// What devices logged: pages of lines of one device, or of those that nobody knows the device of.

import { logPage, type LogPage } from '../../store/device-log.ts';
import { logQuery } from '../inputs.ts';
import { loggingDevice } from '../log-files.ts';
import { router, viewer } from '../procedure.ts';

export const logsRouter = router({
  /** Newest first. */
  lines: viewer.input(logQuery).query(({ ctx, input }): Promise<LogPage> => {
    const { endpoint, severity, search, ...span } = input;
    const device = loggingDevice(ctx.management, endpoint);
    return logPage(ctx.db, { device, severity, search }, { ...span, order: 'newest first' });
  }),
});
