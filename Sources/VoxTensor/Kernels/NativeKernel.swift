internal import CDNNL

/// Memory of the slots of a kernel that is a loop of our own.
class NativeKernel {
  private var memories: [Kernel.Slot: UnsafeMutablePointer<Float>] = [:]

  func bind(_ slot: Kernel.Slot, to memory: UnsafeMutableRawPointer) throws(EngineError) {
    memories[slot] = memory.assumingMemoryBound(to: Float.self)
  }

  func memory(_ slot: Kernel.Slot) throws(EngineError) -> UnsafeMutablePointer<Float> {
    guard let memory = memories[slot] else { throw EngineError(.internal, "\(slot) is unbound") }
    return memory
  }
}

extension NativeKernel {
  /// The memory of a slot that has something else than floats.
  func memory<Element>(
    _ slot: Kernel.Slot, of type: Element.Type
  ) throws(EngineError) -> UnsafeMutablePointer<Element> {
    UnsafeMutableRawPointer(try memory(slot)).assumingMemoryBound(to: type)
  }

  /// Copies what a kernel adds to, to where it writes, unless it lies there.
  func bringAddend(_ addend: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, _ count: Int) {
    if addend == UnsafePointer(sum) { return }
    inStretches(of: count, 1 << 18) { (sum + $0).update(from: addend + $0, count: $1 - $0) }
  }
}

/// A kernel without state: layouts of its slots and what to do with their memories.
final class LoopKernel: NativeKernel, KernelBackend {
  typealias Body = (LoopKernel) throws(EngineError) -> Void

  let implementation: String
  private let layouts: [Kernel.Slot: Layout]
  private let body: Body

  init(_ name: String, _ layouts: [Kernel.Slot: Layout], _ body: @escaping Body) {
    (implementation, self.layouts, self.body) = ("native:\(name)", layouts, body)
  }

  func layout(_ slot: Kernel.Slot) -> Layout? { layouts[slot] }

  func run() throws(EngineError) { try body(self) }
}

/// Runs tasks on the threads of the kernel library and waits; the next one goes to the thread that is free first.
func inParallel(_ tasks: Int, _ body: (_ task: Int) -> Void) {
  inParallel(tasks, workers: tasks) { task, _ in body(task) }
}

/// The same for tasks that work in memory of a worker's, on at most as many threads; workers count from 0.
func inParallel(_ tasks: Int, workers: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
  withoutActuallyEscaping(body) { escaping in
    var body = escaping
    withUnsafeMutablePointer(to: &body) { context in
      cdnnl_parallel(
        Int32(tasks), Int32(workers),
        { context, task, worker in context?.load(as: ((Int, Int) -> Void).self)(Int(task), Int(worker)) }, context)
    }
  }
}

/// Runs stretches of a number of items, each of about `size` items, in parallel.
func inStretches(of items: Int, _ size: Int = 1 << 15, _ body: (_ first: Int, _ end: Int) -> Void) {
  let tasks = max(1, (items + max(size, 1) - 1) / max(size, 1))
  if tasks == 1 { return body(0, items) }
  inParallel(tasks) { task in body(task * items / tasks, (task + 1) * items / tasks) }
}
