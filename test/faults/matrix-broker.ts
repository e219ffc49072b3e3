import type { Row } from './matrix.ts'

export const auditFaults = {
  slow: {
    answer: 'A token waits for its line, up to 500 ms.',
    recovery: 'Nothing to recover.',
    proof: 'test/long/audit-stalled.test.ts',
  },
  hung: {
    answer: '503 `audit_unavailable` within 500 ms, and then at once; probes and operators are not held up.',
    recovery: 'With the first line that the sink takes.',
    proof: 'test/long/audit-stalled.test.ts',
  },
  refused: {
    answer: 'A file that cannot be opened: no start, and the log says why.',
    recovery: 'By another start.',
    proof: 'long',
  },
  reset: {
    answer: 'The reader of a pipe is gone: 503 `audit_unavailable`; probes and operators are not held up.',
    recovery: 'With the next reader.',
    proof: 'long',
  },
  throttled: { none: 'A file does not throttle.' },
  failing: {
    answer: 'A full disk: 503 `audit_unavailable`, denials too; probes and operators are not held up.',
    recovery: 'With the first line that finds space.',
    proof: 'long',
  },
  nonsense: { none: 'A file answers nothing. A line that a full disk cut off is followed by a new one.' },
  oversized: { none: 'A request is at most 16 KB, and so its line is bounded.' },
  misdirected: { none: 'A file has neither a name to look up nor a certificate.' },
  flapping: {
    answer: 'Each request by itself: 503 while the sink takes no lines, 200 once it does.',
    recovery: 'With the first line that the sink takes.',
    proof: 'long',
  },
} as const satisfies Row

export const clockFaults = {
  slow: {
    answer: '200; more than 60 s off is a warning at /readyz, in the log and as a metric.',
    recovery: 'At once when the clock is right again, without a request to Entra.',
    proof: 'quick',
  },
  hung: {
    answer: '200; lifetimes do not depend on it, so tokens expire and are renewed all the same.',
    recovery: 'At once.',
    proof: 'quick',
  },
  refused: { none: 'A clock cannot be refused.' },
  reset: {
    answer: 'Ten minutes back: held tokens live as long as before, new ones are had; not ready.',
    recovery: 'At once when the clock is right again.',
    proof: 'quick',
  },
  throttled: { none: 'A clock does not throttle.' },
  failing: { none: 'A clock reports no failures.' },
  nonsense: {
    answer: 'The year 1970: held tokens are served, new ones are had by the time of Entra; not ready.',
    recovery: 'At once when the clock is right again.',
    proof: 'quick',
  },
  oversized: {
    answer: 'Ten minutes ahead: no held token expires early, new ones are had; not ready.',
    recovery: 'At once when the clock is right again.',
    proof: 'quick',
  },
  misdirected: { none: 'The clock is that of the machine.' },
  flapping: {
    answer: '200 throughout; ready exactly while it is right.',
    recovery: 'At once.',
    proof: 'quick',
  },
} as const satisfies Row

export const overloadFaults = {
  slow: {
    answer:
      'With ENTRA_MAX_REQUESTS at Entra and 200 waiting, 503 `entra_busy` within 250 ms; held tokens at once.',
    recovery: 'With the answers of Entra.',
    proof: 'long',
  },
  hung: {
    answer: 'The same, and after 10 s Entra counts as away.',
    recovery: 'One request tries after 30 s.',
    proof: 'long',
  },
  refused: { none: 'Connections are not refused while the process runs; see process.' },
  reset: {
    answer: 'Callers who go away cost nothing more: the token is had once, and kept.',
    recovery: 'Nothing to recover.',
    proof: 'quick',
  },
  throttled: {
    answer: '429 with Retry-After for the caller that is over its own rate, and no other.',
    recovery: 'After Retry-After.',
    proof: 'test/broker/limit-rate.test.ts',
  },
  failing: {
    answer: 'A late event loop: 503 `overloaded` with Retry-After, before anything is worked out.',
    recovery: 'By itself, with the first look that is in time.',
    proof: 'test/http/overload.test.ts',
  },
  nonsense: {
    answer: '4xx before anything is looked up.',
    recovery: 'Nothing to recover.',
    proof: 'test/routes/wrong-bodies.test.ts',
  },
  oversized: {
    answer: '413 beyond 16 KB; others are served meanwhile.',
    recovery: 'Nothing to recover.',
    proof: 'quick',
  },
  misdirected: { none: 'Whoever is sent to the wrong address does not arrive.' },
  flapping: {
    answer: 'A thousand callers for one cold tenant, again and again: one request to Entra each time.',
    recovery: 'Nothing to recover.',
    proof: 'quick',
  },
} as const satisfies Row

export const processFaults = {
  slow: {
    answer: 'SIGTERM: not ready at once, still serving for 5 s, and what was asked is answered.',
    recovery: 'Nothing to recover.',
    proof: 'long',
  },
  hung: {
    answer: 'A request that never ends does not keep the process longer than 25 s.',
    recovery: 'Nothing to recover.',
    proof: 'long',
  },
  refused: {
    answer: 'New connections are taken during the 5 s, and refused afterwards.',
    recovery: 'By the next start.',
    proof: 'long',
  },
  reset: {
    answer: 'kill -9: what was acknowledged is there.',
    recovery: 'Ready within 5 s of the next start.',
    proof: 'test/long/kills-sqlite.test.ts',
  },
  throttled: { none: 'A process does not throttle itself; see overload.' },
  failing: {
    answer: 'A registry that cannot be opened: the process ends with status 1, and the log says why.',
    recovery: 'By the next start.',
    proof: 'long',
  },
  nonsense: {
    answer: 'A wrong configuration: status 78, with every fault named.',
    recovery: 'By the next start.',
    proof: 'test/config.test.ts',
  },
  oversized: { none: 'The cache is bounded by TOKEN_CACHE_MAX, and so are all other memories.' },
  misdirected: {
    answer: 'A TLS certificate that cannot be read: no start, with its variable named.',
    recovery: 'By the next start.',
    proof: 'test/config.test.ts',
  },
  flapping: {
    answer: 'Three replicas restarted one after another under load, and a newer schema: no request fails.',
    recovery: 'Nothing to recover.',
    proof: 'long',
  },
} as const satisfies Row
