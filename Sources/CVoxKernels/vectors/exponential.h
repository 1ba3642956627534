#ifndef CVOX_EXPONENTIAL_H
#define CVOX_EXPONENTIAL_H

#include "vector.h"

/* exp(x) to one unit in the last place or two for results that count beside 1: 2^n times a polynomial of what is left,
 * n whole; exactly 0 where the result is none of a float's numbers. The polynomial's largest relative error is 3e-9.
 * Source: Cody and Waite, Software Manual for the Elementary Functions, chapter 6. */
WIDE_INLINE vector exponential(vector x) {
  const vector n = nearest(mul(x, splat(1.44269504f)));
  const vector r = fnmadd(n, splat(0.693147181f), x);
  vector y = splat(0.00138145986f);
  y = fmadd(y, r, splat(0.00836871698f));
  y = fmadd(y, r, splat(0.0416683881f));
  y = fmadd(y, r, splat(0.166665206f));
  y = fmadd(y, r, splat(0.499999934f));
  y = fmadd(y, r, splat(1));
  y = fmadd(y, r, splat(1));
  return scaled_where_not_less(x, -103.97f, y, n);
}

#endif
