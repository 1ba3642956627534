extension Reference {
  static let indexings: [String: Function] = [
    "Slice": { x, options in
      let array = x.given(0)
      let list: (Int, String) -> [Int]? = { position, name in
        x.optional(position)?.values.map { Int($0) } ?? options.integers(name)
      }
      let (starts, ends) = (list(1, "starts") ?? [], list(2, "ends") ?? [])
      let axes = list(3, "axes") ?? Array(starts.indices)
      let steps = list(4, "steps") ?? starts.map { _ in 1 }
      var places = array.shape.map { Array(0..<$0) }
      for (position, axis) in axes.enumerated() {
        let axis = axis < 0 ? axis + array.shape.count : axis
        let extent = array.shape[axis]
        let bound: (Int) -> Int = { place in
          let place = place < 0 ? place + extent : place
          return steps[position] > 0 ? min(max(place, 0), extent) : min(max(place, -1), extent - 1)
        }
        places[axis] = Array(stride(from: bound(starts[position]), to: bound(ends[position]), by: steps[position]))
      }
      return NDArray(places.map(\.count)) { index in array[index.indices.map { places[$0][index[$0]] }] }
    },
    "Split": { x, options in
      let array = x.given(0)
      let axis = options.integer("axis", 0)
      let front = axis < 0 ? axis + array.shape.count : axis
      let lengths = x.optional(1)?.values.map { Int($0) } ?? options.integers("split")
      var shape = array.shape
      shape[front] = lengths?[0] ?? shape[front]
      return NDArray(shape) { array[$0] }
    },
    "Gather": { x, options in
      let (data, indices) = (x.given(0), x.given(1))
      let axis = options.integer("axis", 0)
      let front = axis < 0 ? axis + data.shape.count : axis
      let rank = indices.shape.count
      return NDArray(Array(data.shape[..<front]) + indices.shape + data.shape[(front + 1)...]) { index in
        let found = Int(indices[Array(index[front..<(front + rank)])])
        let place = found < 0 ? found + data.shape[front] : found
        return data[Array(index[..<front]) + [place] + index[(front + rank)...]]
      }
    },
    "GatherND": { x, options in
      let (data, indices) = (x.given(0), x.given(1))
      let batch = options.integer("batch_dims", 0)
      let outer = indices.shape.count - 1
      let length = indices.shape[outer]
      return NDArray(Array(indices.shape[..<outer]) + data.shape[(batch + length)...]) { index in
        let tuple = (0..<length).map { position in
          let found = Int(indices[Array(index[..<outer]) + [position]])
          return found < 0 ? found + data.shape[batch + position] : found
        }
        return data[Array(index[..<batch]) + tuple + index[outer...]]
      }
    },
    "ScatterND": { x, _ in
      var data = x.given(0)
      let (indices, updates) = (x.given(1), x.given(2))
      let outer = indices.shape.count - 1
      let length = indices.shape[outer]
      forEachIndex(updates.shape) { index in
        let tuple = (0..<length).map { position in
          let found = Int(indices[Array(index[..<outer]) + [position]])
          return found < 0 ? found + data.shape[position] : found
        }
        data[tuple + index[outer...]] = updates[index]
      }
      return data
    },
    "Expand": { x, _ in
      broadcast(x.given(0), NDArray(x.given(1).values.map { Int($0) })) { value, _ in value }
    },
    "Tile": { x, _ in
      let (array, repeats) = (x.given(0), x.given(1).values.map { Int($0) })
      return NDArray(zip(array.shape, repeats).map { $0 * $1 }) { index in
        array[index.indices.map { index[$0] % array.shape[$0] }]
      }
    },
    "DepthToSpace": { x, options in
      let (array, block) = (x.given(0), options.integer("blocksize", 1))
      let channels = array.shape[1] / (block * block)
      let isDepthFirst = options.string("mode", "DCR") == "DCR"
      return NDArray([array.shape[0], channels, array.shape[2] * block, array.shape[3] * block]) { index in
        let place = index[2] % block * block + index[3] % block
        let channel = isDepthFirst ? place * channels + index[1] : index[1] * block * block + place
        return array[[index[0], channel, index[2] / block, index[3] / block]]
      }
    },
  ]

  static let constants: [String: Function] = [
    "ConstantOfShape": { x, _ in NDArray(x.given(0).values.map { Int($0) }) },
    "Range": { x, _ in
      let values = Array(stride(from: x.given(0).values[0], to: x.given(1).values[0], by: x.given(2).values[0]))
      return NDArray([values.count], values)
    },
    "NonZero": { x, _ in
      var found: [[Int]] = []
      forEachIndex(x.given(0).shape) { index in if x.given(0)[index] != 0 { found.append(index) } }
      let rank = x.given(0).shape.count
      return NDArray([rank, found.count], (0..<rank).flatMap { axis in found.map { Double($0[axis]) } })
    },
  ]
}
