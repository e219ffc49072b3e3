import { closeSync, constants, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'

/** Takes one text after the other, never a second before the first is done. */
export interface LineOutput {
  /** Calls `done` once, within the call or later: the operating system has all of the text, or an error. */
  write(text: string, done: (error?: unknown) => void): void
  close(): void
}

const newline = 0x0a
/** Bytes. */
const roomSize = 65_536
/** Bytes of UTF-8 for one of a string's 16-bit units. */
const mostBytesOfUnit = 3

/**
 * Files are written at once, which costs least and cannot hang on a local disk. Whatever has a reader at its other
 * end (a pipe, a socket, a terminal) may stall, and a write at once would then hold up the whole process.
 */
export function openOutput(path: string | undefined): LineOutput {
  if (path === undefined) {
    return fstatSync(1).isFile() ? fileOutput(1, false) : standardOutput(process.stdout)
  }
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) return fifoOutput(path)
  const descriptor = openSync(path, 'a', 0o600)
  const output = fileOutput(descriptor, endsWithinLine(path))
  return { ...output, close: () => closeSync(descriptor) }
}

function fileOutput(descriptor: number, isTorn: boolean): LineOutput {
  let torn = isTorn
  // Written over each time: a group of lines is kilobytes, and would be garbage at once.
  const room = Buffer.allocUnsafeSlow(roomSize)

  function encode(text: string): Buffer {
    const fits = text.length * mostBytesOfUnit <= roomSize
    return fits ? room.subarray(0, room.write(text)) : Buffer.from(text)
  }

  /** A disk that fills up takes the beginning of a line; what is written next starts a line of its own. */
  function write(text: string): unknown {
    const bytes = encode(torn ? `\n${text}` : text)
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(descriptor, bytes, written)
      torn = false
      return undefined
    } catch (error) {
      if (written > 0) torn = bytes[written - 1] !== newline
      return error
    }
  }
  return { write: (text, done) => done(write(text)), close: () => undefined }
}

/** Whoever writes at the other end of a pipe may be cut off, so what follows a failure starts a new line. */
function standardOutput(stream: Writable): LineOutput {
  let torn = false
  // Each write hears of its own failure; without a listener the first would end the process.
  stream.on('error', () => undefined)
  return {
    write(text, done) {
      stream.write(torn ? `\n${text}` : text, (error) => {
        torn = error != null
        done(error ?? undefined)
      })
    },
    close: () => undefined,
  }
}

/** Opened anew after each failure: readers come and go. Without one there is an error, and nothing waits. */
function fifoOutput(path: string): LineOutput {
  let open: { readonly socket: Socket; readonly output: LineOutput } | undefined
  let torn = false

  function reopen(): LineOutput {
    if (open !== undefined && !open.socket.destroyed) return open.output
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    const socket = new Socket({ fd: descriptor, readable: false, writable: true })
    open = { socket, output: standardOutput(socket) }
    return open.output
  }

  return {
    write(text, done) {
      try {
        // A reader that went may have left with half a line of ours.
        reopen().write(torn ? `\n${text}` : text, (error) => {
          torn = error !== undefined
          done(error)
        })
      } catch (error) {
        done(error)
      }
    },
    close: () => open?.socket.destroy(),
  }
}

/** Whether the last process was cut off within a line. A file that cannot be read is taken to be whole. */
function endsWithinLine(path: string): boolean {
  const last = Buffer.alloc(1)
  try {
    const descriptor = openSync(path, 'r')
    try {
      const { size } = fstatSync(descriptor)
      return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== newline
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return false
  }
}
