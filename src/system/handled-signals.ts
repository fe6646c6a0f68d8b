// Signals that a process handles itself. A handler is called by the event loop, so never while something is waited for synchronously; for the
// time of such a wait the system may have its way again, which ends the process at once.
import { createHook } from 'node:async_hooks'
import { constants } from 'node:os'

/** What libuv has of a signal; Node hands it out to hooks only. */
interface SignalHandle {
  start(number: number): void
  stop(): void
}

export class HandledSignals {
  readonly #handles = new Map<number, SignalHandle>()
  /** Node aborts where one is started that is. */
  #areHeld = true

  /** From now on signals do nothing by themselves. */
  constructor(handlers: ReadonlyMap<NodeJS.Signals, () => void>) {
    for (const [signal, handle] of handlers) {
      const made = madeBy('SIGNALWRAP', () => process.on(signal, handle))
      if (isSignalHandle(made)) this.#handles.set(constants.signals[signal], made)
    }
  }

  /**
   * Signals end the process at once. One that came before, and is not handled yet, still is later: that is why the handles are stopped. Taking the
   * listeners off would close them, and forget it.
   */
  letThrough(): void {
    this.#areHeld = false
    for (const handle of this.#handles.values()) handle.stop()
  }

  /** Signals are handled again. */
  hold(): void {
    if (this.#areHeld) return
    this.#areHeld = true
    for (const [number, handle] of this.#handles) handle.start(number)
  }
}

/** The resource of this type that Node makes for `action`. */
function madeBy(type: string, action: () => void): object | undefined {
  let made: object | undefined
  const hook = createHook({
    init(_id, madeType, _trigger, resource) {
      if (madeType === type) made = resource
    },
  }).enable()
  try {
    action()
  } finally {
    hook.disable()
  }
  return made
}

function isSignalHandle(made: object | undefined): made is SignalHandle {
  return made !== undefined && 'start' in made && 'stop' in made
}
