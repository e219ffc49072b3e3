/** What a token needs, in the order in which it is looked at. Each step takes the ones before it for granted. */
export const diagnosisSteps = [
  'credential',
  'key_vault',
  'certificate',
  'entra',
  'directory',
  'application',
  'signature',
  'token',
  'roles',
] as const
export type DiagnosisStep = (typeof diagnosisSteps)[number]

export const stepStatuses = ['passed', 'failed', 'not_reached'] as const
export type StepStatus = (typeof stepStatuses)[number]
