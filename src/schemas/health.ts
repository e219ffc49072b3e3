import Type from 'typebox'
import { Closed, Words } from './common.ts'

export const Liveness = Closed({ status: Words(['ok']) }, { $id: 'Liveness' })

export const Readiness = Closed(
  {
    status: Words(['ready']),
    warnings: Type.Array(Type.String(), {
      description: 'What a person should see to before it stops the work; the replica is ready all the same.',
      examples: [['1 credential expires within 14 days']],
    }),
  },
  { $id: 'Readiness' },
)
