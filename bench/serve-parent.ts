/** Answers the process that forked this one, and ends with it. Apart, because some processes are to stay small. */
export function serveParent(answer: (message: unknown) => Promise<object>): void {
  process.on('message', async (message) => process.send?.(await answer(message)))
  process.on('disconnect', () => process.exit())
}
