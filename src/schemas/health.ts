import { Closed, Words } from './common.ts'

export const Liveness = Closed({ status: Words(['ok']) }, { $id: 'Liveness' })

export const Readiness = Closed({ status: Words(['ready']) }, { $id: 'Readiness' })
