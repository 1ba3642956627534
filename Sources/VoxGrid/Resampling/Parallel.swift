import Dispatch

/// Splits `0..<count` into at most `threads` ranges of neighbouring indices and runs `body` on all of them at once.
func parallel(over count: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
  let blocks = max(1, min(threads, count))
  if blocks == 1 { return body(0..<count) }
  DispatchQueue.concurrentPerform(iterations: blocks) { block in
    body((block * count / blocks)..<((block + 1) * count / blocks))
  }
}
