import type { Config } from '../config.ts'
import { readPem } from './listeners.ts'
import type { Variables } from './variables.ts'

/** The names are OpenTelemetry's own. Read always, so that a mistake shows before the day tracing is needed. */
export function readTracing(variables: Variables): Config['tracing'] | undefined {
  const url = variables.read(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    readCollectorUrl,
    'an http or https URL without user, query and fragment, like http://collector.example:4318',
  )
  const headers = variables.read(
    'OTEL_EXPORTER_OTLP_HEADERS',
    readHeaders,
    'a list like name=value,name=value, its values percent-encoded',
  )
  const ca = variables.file('OTEL_EXPORTER_OTLP_CERTIFICATE', readPem, 'PEM')
  variables.word('OTEL_EXPORTER_OTLP_PROTOCOL', ['http/json'])
  variables.word('OTEL_TRACES_SAMPLER', ['parentbased_traceidratio'])
  const ratio = variables.read('OTEL_TRACES_SAMPLER_ARG', readRatio, 'a number from 0 to 1') ?? 1
  const serviceName =
    variables.read('OTEL_SERVICE_NAME', readName, '1 to 100 printable characters') ?? 'graph-token-broker'
  if (url === undefined) return undefined
  return { url, headers: headers ?? {}, ...(ca !== undefined && { ca }), ratio, serviceName }
}

/** The specification of OTLP's exporters: the signal's path goes below the one that is configured. */
function readCollectorUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined
  return `${url.href.replace(/\/$/, '')}/v1/traces`
}

function readHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {}
  for (const pair of text.split(',')) {
    const [, name, encoded] = /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(\S+)\s*$/.exec(pair) ?? []
    const value = encoded === undefined ? undefined : decode(encoded)
    if (name === undefined || value === undefined || !/^[ -~]+$/.test(value)) return undefined
    headers[name] = value
  }
  return headers
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function readRatio(text: string): number | undefined {
  const ratio = /^(?:0|1|[01]?\.\d{1,9})$/.test(text) ? Number(text) : Number.NaN
  return ratio <= 1 ? ratio : undefined
}

function readName(text: string): string | undefined {
  return /^[!-~][ -~]{0,99}$/.test(text) ? text : undefined
}
