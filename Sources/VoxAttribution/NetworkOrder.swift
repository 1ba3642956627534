import Dispatch
import VoxTensor

// Volumes come and go in grid order (first axis fastest, unpadded) and are worked on in network order: [X, Y, Z] of
// the padded volume, Z fastest, so that a row of a window is a run of memory in the window and in the volume.

extension SlidingWindow {
  /// Shape of a padded volume in network order.
  var paddedShape: Shape { [padded.x, padded.y, padded.z] }

  /// Shape of the padded images of a scan in network order.
  func paddedShape(images: Int) -> Shape { [images, padded.x, padded.y, padded.z] }

  /// Offset in the padded volume of voxel (i, j, 0) of the unpadded one.
  @inline(__always)
  func rowStart(_ i: Int, _ j: Int) -> Int { ((i + before.x) * padded.y + j + before.y) * padded.z + before.z }

  /// Copies a volume from grid order into the middle of a padded one; padding voxels keep their value.
  func spread<Source, Target>(
    _ source: UnsafeBufferPointer<Source>, into target: UnsafeMutableBufferPointer<Target>, threads: Int,
    _ convert: @Sendable (Source) -> Target
  ) {
    nonisolated(unsafe) let (source, target) = (source, target)
    forEachPair(threads: threads) { outer, inner in target[inner] = convert(source[outer]) }
  }

  /// Copies the middle of a padded volume into grid order.
  func crop<Source, Target>(
    _ source: UnsafeBufferPointer<Source>, into target: UnsafeMutableBufferPointer<Target>, threads: Int,
    _ convert: @Sendable (Source) -> Target
  ) {
    nonisolated(unsafe) let (source, target) = (source, target)
    forEachPair(threads: threads) { outer, inner in target[outer] = convert(source[inner]) }
  }

  /// Calls `body` with the offset in grid order and the offset in network order of every voxel, in square blocks: a
  /// transposition row by row would miss the cache at every voxel.
  @inline(__always)
  private func forEachPair(threads: Int, _ body: @Sendable (_ grid: Int, _ network: Int) -> Void) {
    let (n, side) = (extents, 16)
    parallel(over: n.y, threads: threads) { j in
      for firstK in stride(from: 0, to: n.z, by: side) {
        for firstI in stride(from: 0, to: n.x, by: side) {
          for i in firstI..<min(firstI + side, n.x) {
            let row = rowStart(i, j)
            for k in firstK..<min(firstK + side, n.z) { body(i + n.x * (j + n.y * k), row + k) }
          }
        }
      }
    }
  }

  /// Calls `body` for every row of the unpadded volume along its third axis, of `extents.z` voxels.
  ///
  /// - Parameter body: takes a row's first two indices and the offset of its first voxel in the padded volume.
  @inline(__always)
  func forEachRow(threads: Int, _ body: @Sendable (_ i: Int, _ j: Int, _ start: Int) -> Void) {
    parallel(over: extents.x, threads: threads) { i in
      for j in 0..<extents.y { body(i, j, rowStart(i, j)) }
    }
  }

  /// Calls `body` for every row of a window's images along the third axis, of `roi.z` voxels.
  ///
  /// - Parameter body: takes the offset of a row's first voxel in the window's images and in the padded ones.
  @inline(__always)
  func forEachRow(ofWindow window: Int, images: Int, _ body: (_ inWindow: Int, _ inVolume: Int) -> Void) {
    for image in 0..<images {
      let (inWindow, inVolume) = (image * windowVoxels, image * paddedVoxels)
      forEachRow(ofWindow: window) { body(inWindow + $0, inVolume + $1) }
    }
  }

  /// Calls `body` for every row of one image of a window; see ``forEachRow(ofWindow:images:_:)``.
  @inline(__always)
  func forEachRow(ofWindow window: Int, _ body: (_ inWindow: Int, _ inVolume: Int) -> Void) {
    let origin = self[window]
    for x in 0..<roi.x {
      for y in 0..<roi.y {
        body((x * roi.y + y) * roi.z, ((origin.x + x) * padded.y + origin.y + y) * padded.z + origin.z)
      }
    }
  }
}

extension UnsafeMutableBufferPointer {
  /// `count` elements from `start` on, numbered from 0: loops over rows vectorize.
  @inline(__always)
  func row(_ start: Int, _ count: Int) -> Self { Self(rebasing: self[start..<start + count]) }
}

extension UnsafeBufferPointer {
  /// `count` elements from `start` on, numbered from 0: loops over rows vectorize.
  @inline(__always)
  func row(_ start: Int, _ count: Int) -> Self { Self(rebasing: self[start..<start + count]) }
}

/// Runs `body` for 0..<count on up to `threads` threads, in blocks of neighbouring indices.
@inline(__always)
func parallel(over count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
  let blocks = max(1, min(threads, count))
  if blocks == 1 { return (0..<count).forEach(body) }
  DispatchQueue.concurrentPerform(iterations: blocks) { block in
    for index in (block * count / blocks)..<((block + 1) * count / blocks) { body(index) }
  }
}
