// The Log port over pino: to stderr, readable on a terminal, JSON lines elsewhere.

import { pino, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { Log, LogFields } from '../ports.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STDERR = 2;

export function createLog(level: LogLevel): Log {
  return new PinoLog(pino({ level, base: null }, destination()));
}

function destination() {
  if (!process.stderr.isTTY) return pino.destination({ fd: STDERR, sync: true });
  return PinoPretty({
    destination: STDERR, sync: true, translateTime: 'SYS:HH:MM:ss', singleLine: true,
  });
}

class PinoLog implements Log {
  readonly #pino: Logger;

  constructor(logger: Logger) {
    this.#pino = logger;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#pino.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#pino.error(fields, message);
  }
}
