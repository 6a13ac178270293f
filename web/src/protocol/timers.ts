/** Named timers: arming one again replaces it, so none is ever forgotten or doubled. */
export class Timers<Name extends string> {
  private readonly held = new Map<Name, ReturnType<typeof setTimeout>>()

  arm(name: Name, delay: number, then: () => void): void {
    this.disarm(name)
    this.held.set(
      name,
      setTimeout(() => {
        this.held.delete(name)
        then()
      }, delay),
    )
  }

  disarm(name: Name): void {
    clearTimeout(this.held.get(name))
    this.held.delete(name)
  }

  armed(name: Name): boolean {
    return this.held.has(name)
  }
}
