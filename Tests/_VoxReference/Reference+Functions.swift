import Foundation

extension Reference {
  static let elementwise: [String: Function] = [
    "Abs": { x, _ in x.given(0).map { abs($0) } },
    "Ceil": { x, _ in x.given(0).map { $0.rounded(.up) } },
    "Celu": { x, options in
      let alpha = options.float("alpha", 1)
      return x.given(0).map { max(0, $0) + min(0, alpha * (exp($0 / alpha) - 1)) }
    },
    "Clip": { x, options in
      let least = x.optional(1)?.values[0] ?? options.float("min", -.greatestFiniteMagnitude)
      let most = x.optional(2)?.values[0] ?? options.float("max", .greatestFiniteMagnitude)
      return x.given(0).map { min(max($0, least), most) }
    },
    "Cos": { x, _ in x.given(0).map { cos($0) } },
    "Erf": { x, _ in x.given(0).map { erf($0) } },
    "Exp": { x, _ in x.given(0).map { exp($0) } },
    "Floor": { x, _ in x.given(0).map { $0.rounded(.down) } },
    "Gelu": { x, options in
      let isApproximate = options.string("approximate", "none") == "tanh"
      return x.given(0).map { value in
        let cube = 0.044715 * value * value * value
        let half = isApproximate ? tanh((2 / Double.pi).squareRoot() * (value + cube)) : erf(value / 2.0.squareRoot())
        return value / 2 * (1 + half)
      }
    },
    "HardSigmoid": { x, options in
      let (alpha, beta) = (options.float("alpha", 0.2), options.float("beta", 0.5))
      return x.given(0).map { max(0, min(1, alpha * $0 + beta)) }
    },
    "HardSwish": { x, _ in x.given(0).map { $0 * max(0, min(1, $0 / 6 + 0.5)) } },
    "Log": { x, _ in x.given(0).map { log($0) } },
    "Mish": { x, _ in x.given(0).map { $0 * tanh(log(1 + exp($0))) } },
    "Neg": { x, _ in x.given(0).map { -$0 } },
    "Pow": { x, _ in broadcast(x.given(0), x.given(1)) { pow($0, $1) } },
    "Reciprocal": { x, _ in x.given(0).map { 1 / $0 } },
    "Round": { x, _ in x.given(0).map { $0.rounded(.toNearestOrEven) } },
    "Selu": { x, options in
      let (alpha, gamma) = (options.float("alpha", 1.6732632), options.float("gamma", 1.0507010))
      return x.given(0).map { $0 > 0 ? gamma * $0 : gamma * (alpha * exp($0) - alpha) }
    },
    "Sign": { x, _ in x.given(0).map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 } },
    "Sin": { x, _ in x.given(0).map { sin($0) } },
    "Softsign": { x, _ in x.given(0).map { $0 / (1 + abs($0)) } },
    "Sqrt": { x, _ in x.given(0).map { $0.squareRoot() } },
    "ThresholdedRelu": { x, options in
      let threshold = options.float("alpha", 1)
      return x.given(0).map { $0 > threshold ? $0 : 0 }
    },
    "Max": { x, _ in folded(x) { max($0, $1) } },
    "Min": { x, _ in folded(x) { min($0, $1) } },
    "Sum": { x, _ in folded(x, +) },
    "Mod": { x, options in
      let followsDividend = options.integer("fmod", 0) != 0
      return broadcast(x.given(0), x.given(1)) { a, b in
        followsDividend ? fmod(a, b) : a - b * (a / b).rounded(.down)
      }
    },
    "Equal": { x, _ in broadcast(x.given(0), x.given(1)) { $0 == $1 ? 1 : 0 } },
    "Greater": { x, _ in broadcast(x.given(0), x.given(1)) { $0 > $1 ? 1 : 0 } },
    "GreaterOrEqual": { x, _ in broadcast(x.given(0), x.given(1)) { $0 >= $1 ? 1 : 0 } },
    "Less": { x, _ in broadcast(x.given(0), x.given(1)) { $0 < $1 ? 1 : 0 } },
    "LessOrEqual": { x, _ in broadcast(x.given(0), x.given(1)) { $0 <= $1 ? 1 : 0 } },
    "And": { x, _ in broadcast(x.given(0), x.given(1)) { $0 * $1 != 0 ? 1 : 0 } },
    "Or": { x, _ in broadcast(x.given(0), x.given(1)) { abs($0) + abs($1) != 0 ? 1 : 0 } },
    "Xor": { x, _ in broadcast(x.given(0), x.given(1)) { ($0 != 0) != ($1 != 0) ? 1 : 0 } },
    "Not": { x, _ in x.given(0).map { $0 == 0 ? 1 : 0 } },
    "Where": { x, _ in
      let condition = x.given(0)
      let chosen = broadcast(condition, x.given(1)) { $0 != 0 ? $1 : 0 }
      let others = broadcast(condition, x.given(2)) { $0 != 0 ? 0 : $1 }
      return broadcast(chosen, others, +)
    },
  ]

  private static func folded(_ arrays: [NDArray?], _ function: (Double, Double) -> Double) -> NDArray {
    arrays.compactMap(\.self).dropFirst().reduce(arrays.given(0)) { broadcast($0, $1, function) }
  }
}
