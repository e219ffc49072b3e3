import type { Row } from './matrix.ts'

export const entraFaults = {
  slow: {
    answer: 'New tokens come later, up to 10 s; held ones come at once.',
    recovery: 'Nothing to recover.',
    proof: 'quick',
  },
  hung: {
    answer: '503 `entra_unavailable` with Retry-After after 10 s; held ones come at once.',
    recovery: 'By the next request after Retry-After.',
    proof: 'long',
  },
  refused: {
    answer: '503 `entra_unavailable` with Retry-After; after five, no connection is tried for 30 s.',
    recovery: 'One request tries after 30 s, and if it is answered all go on.',
    proof: 'quick',
  },
  reset: {
    answer: '503 `entra_unavailable` with Retry-After; the request is not repeated for the caller.',
    recovery: 'By the next request after Retry-After.',
    proof: 'quick',
  },
  throttled: {
    answer:
      '503 `entra_throttled` with the rest of Retry-After, for all of this application in this directory.',
    recovery: 'By the next request after Retry-After, and none before.',
    proof: 'quick',
  },
  failing: {
    answer:
      '503 `entra_unavailable`; after five, Entra is left alone for 30 s; held tokens serve while 60 s remain.',
    recovery: 'One request tries after 30 s; a diagnosis by an operator tries at once.',
    proof: 'quick',
  },
  nonsense: {
    answer: '502 `entra_nonsense`, remembered 30 s and never cached as a token; the breaker stays closed.',
    recovery: 'By the next request after 30 s.',
    proof: 'quick',
  },
  oversized: {
    answer: '502 `entra_nonsense` after 64 KB; the rest is not read.',
    recovery: 'By the next request after 30 s.',
    proof: 'quick',
  },
  misdirected: {
    answer: '503 `entra_unavailable`; no assertion leaves for a host without the certificate of Entra.',
    recovery: 'By the next request after Retry-After.',
    proof: 'quick',
  },
  flapping: {
    answer: 'Those who meet a failure get 503; with an answer in every five, Entra is not left alone.',
    recovery: 'By the next request after Retry-After.',
    proof: 'quick',
  },
} as const satisfies Row

export const keyVaultFaults = {
  slow: {
    answer: 'What is not loaded comes later, up to 10 s; loaded keys go on.',
    recovery: 'Nothing to recover.',
    proof: 'long',
  },
  hung: {
    answer: '503 `key_vault_unavailable` within 10 s, for applications whose key is not loaded.',
    recovery: 'By the next request after Retry-After.',
    proof: 'long',
  },
  refused: {
    answer: '503 `key_vault_unavailable` after three attempts; loaded keys go on.',
    recovery: 'By the next request after Retry-After.',
    proof: 'long',
  },
  reset: {
    answer: '503 `key_vault_unavailable` after three attempts; loaded keys go on.',
    recovery: 'By the next request after Retry-After.',
    proof: 'long',
  },
  throttled: {
    answer: '503 `key_vault_unavailable` after three attempts; loaded keys go on.',
    recovery: 'By the next request after Retry-After.',
    proof: 'long',
  },
  failing: {
    answer: '503 `key_vault_unavailable` after three attempts; loaded keys go on.',
    recovery: 'By the next request after Retry-After.',
    proof: 'long',
  },
  nonsense: {
    answer: '424 or 503, and nothing of what came is used; loaded keys go on.',
    recovery: 'By the next request after Retry-After or 30 s.',
    proof: 'long',
  },
  oversized: {
    answer: '424 `credential_unreadable`: what came is not the certificate; loaded keys go on.',
    recovery: 'By the next request after 30 s.',
    proof: 'long',
  },
  misdirected: {
    answer:
      '503 `key_vault_unavailable`; no bearer token leaves for a host without the certificate of the vault.',
    recovery: 'By the next request after Retry-After.',
    proof: 'long',
  },
  flapping: {
    answer: '200: an attempt that failed is followed by another.',
    recovery: 'Nothing to recover.',
    proof: 'long',
  },
} as const satisfies Row

export const databaseFaults = {
  slow: {
    answer: 'Operators wait; tokens do not.',
    recovery: 'Nothing to recover.',
    proof: 'long',
  },
  hung: {
    answer:
      'Operators get 503 `registry_unavailable` within 5 s; tokens go on for 60 s, then 503 and not ready.',
    recovery: 'Within 5 s, by itself.',
    proof: 'long',
  },
  refused: {
    answer:
      'Operators get 503 `registry_unavailable` at once; tokens go on for 60 s, then 503 and not ready.',
    recovery: 'Within 5 s, by itself.',
    proof: 'long',
  },
  reset: {
    answer: 'A read is tried once more on a new connection; a write never is.',
    recovery: 'Nothing to recover; while every connection breaks, 503.',
    proof: 'long',
  },
  throttled: {
    answer: 'No connection free: 503 `registry_unavailable` after 500 ms; tokens go on.',
    recovery: 'With the next free connection.',
    proof: 'long',
  },
  failing: {
    answer: 'The server ends its connections: reads are tried once more, writes get 503; tokens go on.',
    recovery: 'Within 5 s, by itself.',
    proof: 'long',
  },
  nonsense: {
    answer: 'A newer schema or changed tables: no start. Noise on the line: operators get 503; tokens go on.',
    recovery: 'Within 5 s, by itself; a schema needs a person.',
    proof: 'long',
  },
  oversized: { none: 'The broker wrote what it reads there, within its own limits.' },
  misdirected: {
    answer: 'No start, and the log says why.',
    recovery: 'By another start.',
    proof: 'long',
  },
  flapping: {
    answer: 'Tokens go on; operators get 200 or 503, never anything half done.',
    recovery: 'Within 5 s, by itself.',
    proof: 'long',
  },
} as const satisfies Row

export const redisFaults = {
  slow: {
    answer: '200: after 50 ms the replica mints by itself, and leaves Redis alone for 5 s.',
    recovery: 'One command tries after 5 s.',
    proof: 'long',
  },
  hung: {
    answer: '200: after 50 ms the replica mints by itself, and leaves Redis alone for 5 s.',
    recovery: 'One command tries after 5 s.',
    proof: 'long',
  },
  refused: {
    answer: '200: each replica mints by itself; the start does not wait for Redis.',
    recovery: 'By itself, once there is a connection.',
    proof: 'long',
  },
  reset: {
    answer: '200: each replica mints by itself.',
    recovery: 'By itself, once there is a connection.',
    proof: 'long',
  },
  throttled: { none: 'Redis does not throttle; a full one answers with an error, as in the next line.' },
  failing: {
    answer: '200: an error of a command counts like no answer.',
    recovery: 'One command tries after 5 s.',
    proof: 'long',
  },
  nonsense: {
    answer: '200: what cannot be deciphered is a miss, an alarm in the log, and is never served.',
    recovery: 'Nothing to recover.',
    proof: 'long',
  },
  oversized: {
    answer: '200: an entry that no broker wrote is a miss, whatever its size.',
    recovery: 'Nothing to recover.',
    proof: 'long',
  },
  misdirected: {
    answer: '200: each replica mints by itself.',
    recovery: 'By a start with the right address.',
    proof: 'long',
  },
  flapping: {
    answer: '200 throughout.',
    recovery: 'By itself.',
    proof: 'long',
  },
} as const satisfies Row
