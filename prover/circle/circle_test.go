package circle

import (
	"testing"

	"github.com/sage-network/sage-node/prover/m31"
	"pgregory.net/rapid"
)

func onCircle(p Point) bool {
	return m31.Add(m31.Square(p.X), m31.Square(p.Y)) == 1
}

func TestGeneratorOrder(t *testing.T) {
	if g := Generator().RepeatedDouble(LogOrder - 1); g == Identity() {
		t.Error("the generator's order divides 2³⁰")
	}
	if g := Generator().RepeatedDouble(LogOrder); g != Identity() {
		t.Errorf("2³¹·G = %v, want the identity", g)
	}
}

func TestIndexIsAHomomorphism(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := Index(rapid.Uint32Range(0, indexMask).Draw(t, "i"))
		j := Index(rapid.Uint32Range(0, indexMask).Draw(t, "j"))
		if !onCircle(i.Point()) {
			t.Fatalf("%d·G is not on the circle", i)
		}
		if got, want := i.Add(j).Point(), i.Point().Add(j.Point()); got != want {
			t.Fatalf("(i + j)·G = %v, want %v", got, want)
		}
		if got, want := i.Neg().Point(), i.Point().Neg(); got != want {
			t.Fatalf("(−i)·G = %v, want %v", got, want)
		}
		if got, want := i.Mul(2).Point(), i.Point().Double(); got != want {
			t.Fatalf("(2i)·G = %v, want %v", got, want)
		}
		if got, want := DoubleX(i.Point().X), i.Point().Double().X; got != want {
			t.Fatalf("π(x) = %d, want %d", got, want)
		}
	})
}

func TestSecurePointFrom(t *testing.T) {
	p := SecurePointFrom(m31.FromCoords([4]m31.Element{1, 2, 3, 4}))
	if p.X.Square().Add(p.Y.Square()) != m31.One() {
		t.Error("not on the circle")
	}
	if p.Add(p.Neg()) != Identity().Secure() {
		t.Error("p − p is not the identity")
	}
	if SecureDoubleX(p.X) != p.Double().X || p.RepeatedDouble(2) != p.Double().Double() {
		t.Error("doubling disagrees with addition")
	}
}

func TestCanonicDomainHoldsTheCanonicCoset(t *testing.T) {
	for logSize := 1; logSize <= 6; logSize++ {
		coset, domain := CanonicCoset(logSize), CanonicDomain(logSize)
		for i := range coset.Size() {
			if got, want := domain.IndexAt(CosetIndexToDomainIndex(i, logSize)), coset.IndexAt(i); got != want {
				t.Fatalf("log size %d row %d: index %d, want %d", logSize, i, got, want)
			}
		}
	}
}

func TestDomainParts(t *testing.T) {
	const logSize, logParts = 6, 2
	d := CanonicDomain(logSize)
	for part := range 1 << logParts {
		sub := d.Part(part, logParts)
		run := BitReverseIndex(part, logParts) << (logSize - logParts)
		for i := range sub.Size() {
			got := sub.IndexAt(BitReverseIndex(i, sub.LogSize()))
			want := d.IndexAt(BitReverseIndex(run+i, logSize))
			if got != want {
				t.Fatalf("part %d point %d: index %d, want %d", part, i, got, want)
			}
		}
	}
}

func TestCosetVanishing(t *testing.T) {
	for _, c := range []Coset{CanonicCoset(4), HalfOdds(3), CanonicCoset(1)} {
		for i := range c.Size() {
			if v := CosetVanishingBase(c, c.At(i)); v != 0 {
				t.Errorf("vanishing polynomial of %v is %d at its point %d", c, v, i)
			}
		}
		outside := Index(12345).Point()
		if CosetVanishingBase(c, outside) == 0 {
			t.Errorf("vanishing polynomial of %v is zero outside", c)
		}
		if CosetVanishing(c, outside.Secure()) != m31.FromM31(CosetVanishingBase(c, outside)) {
			t.Errorf("vanishing polynomials of %v over M31 and QM31 differ", c)
		}
	}
}

func TestBitReverse(t *testing.T) {
	v := []int{0, 1, 2, 3, 4, 5, 6, 7}
	BitReverse(v)
	for i, want := range []int{0, 4, 2, 6, 1, 5, 3, 7} {
		if v[i] != want || BitReverseIndex(i, 3) != want {
			t.Fatalf("position %d holds %d, want %d", i, v[i], want)
		}
	}
	if BitReverseIndex(0, 0) != 0 {
		t.Error("BitReverseIndex(0, 0) ≠ 0")
	}
}

func TestOffsetPosition(t *testing.T) {
	const logRows = 3
	for _, d := range []Domain{CanonicDomain(logRows + 1), CanonicDomain(logRows+4).Part(0, 3), CanonicDomain(logRows + 2)} {
		logSize := d.LogSize()
		step := CanonicCoset(logRows).Step
		for pos := range d.Size() {
			for _, offset := range []int{-1, 0, 1} {
				got := d.IndexAt(BitReverseIndex(OffsetPosition(pos, offset, logRows, logSize), logSize))
				want := d.IndexAt(BitReverseIndex(pos, logSize)).Add(step.Mul(offset))
				if got != want {
					t.Fatalf("log size %d position %d offset %d: index %d, want %d", logSize, pos, offset, got, want)
				}
			}
		}
	}
}

func TestStoredRows(t *testing.T) {
	for logSize := 1; logSize <= 10; logSize++ {
		next := 0
		for at, row := range StoredRows(logSize) {
			if at != next || row != PositionRow(at, logSize) {
				t.Fatalf("log size %d: row %d at position %d, want %d at %d", logSize, row, at, PositionRow(next, logSize), next)
			}
			next++
		}
		if next != 1<<logSize {
			t.Fatalf("log size %d: %d positions", logSize, next)
		}
	}
	for at := range StoredRows(10) {
		if at == 300 {
			break // a loop may end early
		}
	}
}

func TestPositionRow(t *testing.T) {
	for logSize := 1; logSize < 6; logSize++ {
		for row := range 1 << logSize {
			if got := PositionRow(RowPosition(row, logSize), logSize); got != row {
				t.Errorf("row %d of 2^%d is found as %d", row, logSize, got)
			}
		}
	}
}

func TestOffsetRows(t *testing.T) {
	for _, logRows := range []int{2, 4, 7} {
		for logSize := logRows + 1; logSize <= logRows+3; logSize++ {
			values := make([]m31.Element, 1<<logSize)
			for i := range values {
				values[i] = m31.Element(i)
			}
			for n := 1; n <= len(values); n *= 2 {
				dst := make([]m31.Element, n)
				for start := 0; start < len(values); start += n {
					for _, offset := range []int{-1, 1} {
						OffsetRows(dst, values, start, offset, logRows)
						for i, got := range dst {
							if want := OffsetPosition(start+i, offset, logRows, logSize); int(got) != want {
								t.Fatalf("2^%d rows on 2^%d points, %d from %d, offset %d: position %d reads %d, want %d",
									logRows, logSize, n, start, offset, start+i, got, want)
							}
						}
					}
				}
			}
		}
	}
}
