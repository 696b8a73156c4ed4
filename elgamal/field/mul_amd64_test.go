//go:build !purego

package field

import "testing"

// TestWithoutBMI2: products are the same where the processor lacks the kernels' instructions.
func TestWithoutBMI2(t *testing.T) {
	defer func(had bool) { hasBMI2 = had }(hasBMI2)
	hasBMI2 = false
	var x, y Element
	if _, err := x.SetRandom(); err != nil {
		t.Fatal(err)
	}
	if _, err := y.SetRandom(); err != nil {
		t.Fatal(err)
	}
	var got, want Element
	Mul(&got, &x, &y)
	if want.Mul(&x, &y); got != want {
		t.Errorf("product: %v, want %v", got, want)
	}
	Square(&got, &x)
	if want.Square(&x); got != want {
		t.Errorf("square: %v, want %v", got, want)
	}
	squareTimes(&got, &x, 3)
	if want.Square(&want).Square(&want); got != want {
		t.Errorf("x^8: %v, want %v", got, want)
	}
}
