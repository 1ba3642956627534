/// Vectors of one length, each measured against all the others.
struct LeaveOneOut {
  /// How one vector differs from the others.
  struct Score {
    /// Mahalanobis distance to the mean of the others.
    let distance: Double
    /// The feature that differs most in units of its ridged standard deviation.
    let feature: Int
    /// This feature less the mean of the others.
    let difference: Double
  }

  private let vectors: [[Double]]
  private let mean: [Double]
  /// Sum over all vectors of `(x - mean)(x - mean)'`, row by row.
  private let scatter: [Double]

  /// Sums up the vectors.
  ///
  /// - Precondition: at least three vectors.
  /// - Complexity: O(vectors * features^2).
  init(_ vectors: [[Double]]) {
    let features = vectors[0].count
    let mean = (0..<features).map { feature in vectors.reduce(0) { $0 + $1[feature] } / Double(vectors.count) }
    var scatter = [Double](repeating: 0, count: features * features)
    for vector in vectors {
      let offset = zip(vector, mean).map { $0 - $1 }
      for i in 0..<features { for j in 0..<features { scatter[i * features + j] += offset[i] * offset[j] } }
    }
    (self.vectors, self.mean, self.scatter) = (vectors, mean, scatter)
  }

  /// Measures one vector with the covariance `S` of the others plus `ridge * tr(S) / features` on its diagonal.
  ///
  /// - Complexity: O(features^3).
  func score(_ index: Int, ridge: Double) -> Score {
    let (count, features) = (Double(vectors.count), mean.count)
    let offset = zip(vectors[index], mean).map { $0 - $1 }
    // Without vector i the mean moves by -offset / (n - 1) and the scatter loses n / (n - 1) offset offset'.
    let difference = offset.map { $0 * count / (count - 1) }
    var covariance = scatter
    for i in 0..<features {
      for j in 0..<features { covariance[i * features + j] -= difference[i] * offset[j] }
    }
    covariance = covariance.map { $0 / (count - 2) }
    let trace = (0..<features).reduce(0) { $0 + max(0, covariance[$1 * features + $1]) }
    let diagonal = max(ridge * trace / Double(features), .leastNormalMagnitude.squareRoot())
    for i in 0..<features { covariance[i * features + i] += diagonal }
    let whitened = (0..<features).map { abs(difference[$0]) / covariance[$0 * features + $0].squareRoot() }
    let feature = whitened.indices.max { whitened[$0] < whitened[$1] } ?? 0
    return Score(
      distance: Cholesky(covariance, size: features).norm(difference), feature: feature, difference: difference[feature]
    )
  }
}

/// The lower triangle `L` with `L L' = A` of a symmetric positive definite matrix.
private struct Cholesky {
  private var lower: [Double]
  private let size: Int

  /// Factors a matrix given row by row.
  ///
  /// - Complexity: O(size^3).
  init(_ matrix: [Double], size: Int) {
    (lower, self.size) = (matrix, size)
    for j in 0..<size {
      for i in j..<size {
        var sum = lower[i * size + j]
        for k in 0..<j { sum -= lower[i * size + k] * lower[j * size + k] }
        lower[i * size + j] = i == j ? max(sum, .leastNormalMagnitude).squareRoot() : sum / lower[j * size + j]
      }
    }
  }

  /// `sqrt(x' A^-1 x)`.
  func norm(_ x: [Double]) -> Double {
    var solved = x
    for i in 0..<size {
      for k in 0..<i { solved[i] -= lower[i * size + k] * solved[k] }
      solved[i] /= lower[i * size + i]
    }
    return solved.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
