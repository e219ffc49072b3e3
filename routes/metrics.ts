import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { problemReplies } from '../src/schemas/problem.ts'

export interface MetricsOptions {
  readonly render: () => Promise<string>
  readonly contentType: string
}

const schema = {
  operationId: 'metrics',
  tags: ['Operations'],
  security: [] as [],
  summary: 'Metrics for Prometheus',
  description: 'Counts and times by outcome; never a tenant, never a caller.',
  response: {
    200: { description: 'Prometheus text format.', content: { 'text/plain': { schema: Type.String() } } },
    ...problemReplies,
  },
}

export const metrics: FastifyPluginCallbackTypebox<MetricsOptions> = (app, { render, contentType }, done) => {
  app.get('/metrics', { schema, config: { public: true }, logLevel: 'error' }, async (_request, reply) => {
    const text = await render()
    return reply.type(contentType).send(text)
  })
  done()
}
