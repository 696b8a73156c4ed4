package verify_test

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/internal/jsontree"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// A hostile caller's proof need not have gone through a decoder: these tests change a
// proof in memory, every list and word that reflection reaches, and hand it to Verify.

// sent is what a prover sends.
type sent struct {
	Interaction proof.Interaction
	Proof       *proof.StarkProof
}

// parts are the places in a value that can be changed.
type parts struct{ lists, words, nonces, hashes []reflect.Value }

func (p *parts) collect(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Pointer:
		p.collect(v.Elem())
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			p.collect(v.Field(i))
		}
	case v.Type() == reflect.TypeFor[proof.Hash]():
		p.hashes = append(p.hashes, v)
	case v.Kind() == reflect.Slice:
		p.lists = append(p.lists, v)
		for i := range v.Len() {
			p.collect(v.Index(i))
		}
	case v.Kind() == reflect.Uint32:
		p.words = append(p.words, v)
	case v.Kind() == reflect.Uint64:
		p.nonces = append(p.nonces, v)
	}
}

// mutate changes what was sent in one to four places.
func (s *sent) mutate(c *jsontree.Choices) {
	for i := 0; i == 0 || i < 4 && !c.Done(); i++ {
		var p parts
		p.collect(reflect.ValueOf(s))
		switch c.Below(8) {
		case 0:
			changeHash(p.hashes, c)
		case 1:
			n := p.nonces[c.Below(len(p.nonces))]
			n.SetUint([]uint64{0, n.Uint() + 1, 1<<64 - 1, n.Uint() ^ 1<<c.Below(64)}[c.Below(4)])
		case 2, 3:
			w := p.words[c.Below(len(p.words))]
			w.SetUint([]uint64{0, 1, m31.P, m31.P + 1, 1<<32 - 1, (w.Uint() + 1) & (1<<32 - 1), w.Uint() ^ 1<<c.Below(32)}[c.Below(7)])
		default:
			changeList(p.lists, c)
		}
	}
}

func changeHash(hashes []reflect.Value, c *jsontree.Choices) {
	if len(hashes) == 0 {
		return
	}
	h := hashes[c.Below(len(hashes))]
	switch c.Below(3) {
	case 0:
		b := h.Index(c.Below(32))
		b.SetUint(b.Uint() ^ 1<<c.Below(8))
	case 1:
		h.SetZero()
	default:
		h.Set(hashes[c.Below(len(hashes))])
	}
}

// changeList gives a list another length, order or content. Lists near the root are
// few, so half of the time one of them is taken.
func changeList(lists []reflect.Value, c *jsontree.Choices) {
	l := lists[c.Below(len(lists))]
	if c.Below(2) == 0 {
		l = lists[c.Below(min(len(lists), 24))]
	}
	same := slices.DeleteFunc(slices.Clone(lists), func(o reflect.Value) bool { return o.Type() != l.Type() })
	n := l.Len()
	at := func() int { return c.Below(n) }
	zero := reflect.Zero(l.Type().Elem())
	switch k := c.Below(8); {
	case k == 0:
		l.SetZero()
	case k == 1:
		l.Set(reflect.MakeSlice(l.Type(), c.Below(300), 300))
	case k == 2:
		l.Set(same[c.Below(len(same))]) // another list of the proof
	case k == 3 || n == 0:
		l.Set(reflect.Append(l.Slice3(0, n, n), zero))
	case k == 4: // one less
		i := at()
		l.Set(reflect.AppendSlice(l.Slice3(0, i, i), l.Slice(i+1, n)))
	case k == 5: // one twice
		l.Set(reflect.Append(l.Slice3(0, n, n), l.Index(at())))
	case k == 6:
		l.Set(l.Slice(0, at()))
	default: // two exchanged
		a, b := l.Index(at()), l.Index(at())
		was := reflect.New(a.Type()).Elem()
		was.Set(a)
		a.Set(b)
		b.Set(was)
	}
}

// victim makes copies of an honest claim.
type victim struct {
	fresh func() claim
}

func victims(t testing.TB) []victim {
	t.Helper()
	cfg := proof.Config{PowBits: 6, LogBlowup: 2, Queries: 12, FoldStep: 2}
	product := interop.Case{AIR: interop.Matmul, LogRows: 6, Config: cfg}
	masks := interop.Case{AIR: interop.Masks, LogRows: 5, Config: cfg}
	var out []victim
	for _, c := range []interop.Case{assorted(), twoSizes(), product, masks} {
		out = append(out, victim{proveCase(t, c).copies()})
	}
	return out
}

// try demands that a changed proof is refused with a documented error and in bounded
// memory, and an unchanged one accepted.
func (v victim) try(t testing.TB, choices []byte) {
	t.Helper()
	honest, c := v.fresh(), v.fresh()
	s := sent{c.instance.Interaction, c.proof}
	s.mutate(jsontree.NewChoices(choices))
	c.instance.Interaction = s.Interaction
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := c.verify()
	runtime.ReadMemStats(&after)
	const limit = 8 << 20
	if used := after.TotalAlloc - before.TotalAlloc; used > limit {
		t.Fatalf("%d bytes allocated, want at most %d", used, limit)
	}
	same := equal(sent{honest.instance.Interaction, honest.proof}, s)
	if same != (err == nil) {
		t.Fatalf("%x: unchanged: %v, verdict: %v", choices, same, err)
	}
	if err != nil && !documented(err) {
		t.Fatal(err)
	}
}

// equal compares what was sent; an empty list is like none.
func equal(a, b sent) bool {
	var compare func(a, b reflect.Value) bool
	compare = func(a, b reflect.Value) bool {
		switch a.Kind() {
		case reflect.Pointer:
			return compare(a.Elem(), b.Elem())
		case reflect.Struct:
			for i := range a.NumField() {
				if !compare(a.Field(i), b.Field(i)) {
					return false
				}
			}
			return true
		case reflect.Slice:
			if a.Len() != b.Len() {
				return false
			}
			for i := range a.Len() {
				if !compare(a.Index(i), b.Index(i)) {
					return false
				}
			}
			return true
		default:
			return a.Interface() == b.Interface()
		}
	}
	return compare(reflect.ValueOf(a), reflect.ValueOf(b))
}

func randomChoices(r *rand.Rand) []byte {
	choices := make([]byte, 4+r.IntN(24))
	for i := range choices {
		choices[i] = byte(r.Uint32())
	}
	return choices
}

// TestHostileProofs hands changed proofs of four AIRs to the verifier.
func TestHostileProofs(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for _, v := range victims(t) {
		for range 100 {
			v.try(t, randomChoices(r))
		}
	}
}

// FuzzVerifyParts is TestHostileProofs with the choices of the fuzzer.
func FuzzVerifyParts(f *testing.F) {
	all := victims(f)
	r := rand.New(rand.NewPCG(23, 24))
	for i := range all {
		for range 8 {
			f.Add(uint8(i), randomChoices(r))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, choices []byte) {
		all[int(which)%len(all)].try(t, choices)
	})
}
