// Package curve is constant-time arithmetic on the STARK curve y² = x³ + x + b.
//
// Points are in homogeneous projective coordinates, (X : Y : Z) = (X/Z, Y/Z) and
// O = (0 : 1 : 0), added and doubled by complete formulas (Renes, Costello,
// Batina 2016, algorithms 1 to 3): one sequence of field operations for every
// pair of points, O and equal points included. Scalars are recoded into digits
// of ±1, ±3, …, ±15, none of which is zero, and a digit's multiple is picked by
// reading the whole row of the table.
//
// What is left to see for somebody who shares the machine: that a scalar is
// multiplied, not which one.
package curve
