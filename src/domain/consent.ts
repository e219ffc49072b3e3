/** Which consent is meant. It names uids, so nothing made for one record ever passes to a later one of its id. */
export interface ConsentClaim {
  readonly tenantUid: string
  readonly applicationUid: string
  /** A raised epoch revokes everything made before: links, visits to Microsoft, receipts. */
  readonly tenantEpoch: number
}
