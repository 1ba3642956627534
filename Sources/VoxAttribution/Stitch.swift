/// How the gradients of overlapping windows become one volume.
public enum Stitch: String, Sendable, CaseIterable {
  /// The exact gradient of `f_c = sum over m_c of z-bar_c`, z-bar being the blended logits and `m_c` the voxels where
  /// class c is the largest of them at the unperturbed scan. A window gets the cotangent `m_c * omega / Omega`: its
  /// importance map over the sum of all importance maps.
  case blended
  /// The sum of the gradients of all windows, each of its own logits over the voxels where class c is the largest of
  /// *its* logits at the unperturbed scan: `f_c = sum over windows w of sum over m_c^w of z_c^w`.
  ///
  /// - Source: the protocol of Agg2Exp.
  case agg2exp
}
