package elgamal

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/elgamal/curve"
	"github.com/sage-network/sage-node/internal/starkhash"
)

var (
	live   = flag.Bool("live", false, "ask the npm packages of elgamal/interop (run npm ci there first)")
	record = flag.Bool("record", false, "as -live, and write the answers to testdata/npm.json")
)

const recorded = "testdata/npm.json"

// question is what the oracle is asked; only the fields of its kind are set.
type question struct {
	Ask    string   `json:"ask"`
	K      string   `json:"k,omitempty"`
	P      *pair    `json:"p,omitempty"`
	Q      *pair    `json:"q,omitempty"`
	A      string   `json:"a,omitempty"`
	B      string   `json:"b,omitempty"`
	Values []string `json:"values,omitempty"`
	Key    string   `json:"key,omitempty"`
	Hash   string   `json:"hash,omitempty"`
	V      string   `json:"v,omitempty"`
	R      string   `json:"r,omitempty"`
	X      string   `json:"x,omitempty"`
	Prefix string   `json:"prefix,omitempty"`
	Bit    int      `json:"bit,omitempty"`
	equationQuestion
}

// equationQuestion asks she to check an equation of one of our proofs.
type equationQuestion struct {
	Y    *pair  `json:"y,omitempty"`
	Base *pair  `json:"base,omitempty"`
	An   *pair  `json:"A,omitempty"`
	C    string `json:"c,omitempty"`
	S    string `json:"s,omitempty"`
	L    *pair  `json:"L,omitempty"`
	Rp   *pair  `json:"R,omitempty"`
	AL   *pair  `json:"AL,omitempty"`
	AR   *pair  `json:"AR,omitempty"`
	SB   string `json:"sb,omitempty"`
	SR   string `json:"sr,omitempty"`
}

type pair [2]string

func toPair(p Point) *pair { return &pair{hexOf(p.X()), hexOf(p.Y())} }

func hexOf(f felt.Felt) string { return f.String() }

func (p pair) point(t *testing.T) Point {
	t.Helper()
	q, err := NewPoint(testFelt(t, p[0]), testFelt(t, p[1]))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

type exchange struct {
	Question question        `json:"question"`
	Answer   json.RawMessage `json:"answer"`
}

// TestInterop compares with what npm packages compute: recorded, or live.
func TestInterop(t *testing.T) {
	var all []exchange
	if *live || *record {
		all = askNode(t, questions(t))
	} else {
		raw, err := os.ReadFile(recorded)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Exchanges []exchange }
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		all = file.Exchanges
	}
	seen := map[string]int{}
	for i, e := range all {
		seen[e.Question.Ask]++
		if !agrees(t, e) {
			t.Errorf("exchange %d, %s: they say %s", i, e.Question.Ask, e.Answer)
		}
	}
	for _, ask := range []string{"generators", "multiply", "add", "pedersen", "poseidon", "sign", "encrypt", "provePoe", "proveBit", "verifyPoe", "verifyElGamal"} {
		if seen[ask] == 0 {
			t.Errorf("nothing compared about %s", ask)
		}
	}
	if *record && !t.Failed() {
		raw, err := json.MarshalIndent(map[string]any{
			"origin":    "answers of npm @scure/starknet 1.1.0 and @fatsolutions/she 0.4.0 by elgamal/interop/oracle.mjs; go test ./elgamal -run Interop -record",
			"exchanges": all,
		}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(recorded, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func askNode(t *testing.T, qs []question) []exchange {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not on PATH: install Node 20 or newer to ask the npm packages")
	}
	if _, err := os.Stat(filepath.Join("interop", "node_modules")); err != nil {
		t.Skip("the npm packages are not installed: npm --prefix elgamal/interop ci")
	}
	in, err := json.Marshal(qs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "interop/oracle.mjs")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []json.RawMessage
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(qs) {
		t.Fatalf("%d answers to %d questions, %v", len(answers), len(qs), err)
	}
	all := make([]exchange, len(qs))
	for i := range qs {
		all[i] = exchange{qs[i], answers[i]}
	}
	return all
}

// questions draws what to ask: edge values and random ones.
func questions(t *testing.T) []question {
	t.Helper()
	var r io.Reader
	scalar := func() felt.Felt {
		s, err := randomScalar(r)
		if err != nil {
			t.Fatal(err)
		}
		return scalarFelt(&s)
	}
	var minusOne Scalar
	minusOne.SetOne().Neg(&minusOne)
	edges := []felt.Felt{felt.One, uint64Felt(2), uint64Felt(16), uint64Felt(1<<32 - 1), scalarFelt(&minusOne)}
	qs := []question{{Ask: "generators"}}
	for range 5 {
		edges = append(edges, scalar())
	}
	for _, k := range edges {
		p, q := testKey(t, r).Public().p, testKey(t, r).Public().p
		qs = append(qs,
			question{Ask: "multiply", K: hexOf(k), P: toPair(p)},
			question{Ask: "multiply", K: hexOf(k), P: toPair(G())},
			question{Ask: "add", P: toPair(p), Q: toPair(q)},
			question{Ask: "add", P: toPair(p), Q: toPair(p)},
			question{Ask: "pedersen", A: hexOf(k), B: hexOf(scalar())},
			question{Ask: "sign", Key: hexOf(scalar()), Hash: hexOf(low250(k))},
			question{Ask: "encrypt", V: hexOf(uint64Felt(k.Impl().Uint64()>>1 + 1)), R: hexOf(scalar()), P: toPair(p)},
			question{Ask: "provePoe", X: hexOf(k), Prefix: hexOf(scalar())},
			question{Ask: "proveBit", Bit: 0, R: hexOf(k), Prefix: hexOf(scalar())},
			question{Ask: "proveBit", Bit: 1, R: hexOf(k), Prefix: hexOf(scalar())})
	}
	for n := range 6 {
		q := question{Ask: "poseidon", Values: []string{}}
		for range n {
			q.Values = append(q.Values, hexOf(scalar()))
		}
		qs = append(qs, q)
	}
	return append(qs, proofQuestions(t)...)
}

// proofQuestions asks about the equations of a registration and of a payment,
// right ones and ones with a response changed.
func proofQuestions(t *testing.T) []question {
	t.Helper()
	c := newPayCase(t, nil, 1<<40, 3<<32+77)
	ctx := Context{ChainID: c.st.ChainID, Contract: c.st.Contract, Caller: c.st.Caller, Asset: c.st.Asset}
	reg, err := ProveRegister(nil, ctx, c.payer)
	if err != nil {
		t.Fatal(err)
	}
	p := c.payer.Public().p
	a := recompute(keyEquations(p), []Scalar{reg.S}, reg.C)[0]
	poe := func(s Scalar) question {
		return question{Ask: "verifyPoe", equationQuestion: equationQuestion{
			Y: toPair(p), Base: toPair(G()), An: toPair(a), C: hexOf(reg.C.Felt()), S: hexOf(scalarFelt(&s))}}
	}
	wrong := reg.S
	wrong.Double(&wrong)
	qs := []question{poe(reg.S), poe(wrong)}

	pay := c.prove(t, nil)
	values := payValues(pay)
	for j, half := range []Half{pay.Lo, pay.Hi} {
		for key, l := range map[Point]Point{c.st.PayerKey.p: half.Payer, c.st.WorkerKey.p: half.Worker, c.st.AuditorKey.p: half.Auditor} {
			eqs := []equation{{l, []term{{0, baseG}, {1, key}}}, {half.R, []term{{1, baseG}}}}
			sb, sr := values[j], pay.Proof.SR[j]
			as := recompute(eqs, []Scalar{sb, sr}, pay.Proof.C)
			ask := func(sb Scalar) question {
				return question{Ask: "verifyElGamal", P: toPair(key), equationQuestion: equationQuestion{
					L: toPair(l), Rp: toPair(half.R), AL: toPair(as[0]), AR: toPair(as[1]),
					C: hexOf(pay.Proof.C.Felt()), SB: hexOf(scalarFelt(&sb)), SR: hexOf(scalarFelt(&sr))}}
			}
			var other Scalar
			other.SetOne().Add(&other, &sb)
			qs = append(qs, ask(sb), ask(other))
		}
	}
	return qs
}

// low250 makes a message hash below 2^250.
func low250(f felt.Felt) felt.Felt {
	b := f.Bytes()
	b[0] &= 0x03
	return *new(felt.Felt).SetBytes(b[:])
}

func agrees(t *testing.T, e exchange) bool {
	t.Helper()
	q := e.Question
	decode := func(into any) {
		t.Helper()
		if err := json.Unmarshal(e.Answer, into); err != nil {
			t.Fatalf("%s: %v", q.Ask, err)
		}
	}
	scalar := func(s string) Scalar { return mustScalar(t, testFelt(t, s)) }
	switch q.Ask {
	case "generators":
		var a [2]pair
		decode(&a)
		return a[0].point(t).Equal(G()) && a[1].point(t).Equal(H())
	case "multiply":
		var a pair
		decode(&a)
		s, p := scalar(q.K), q.P.point(t)
		return samePoint(t, p, s, a.point(t))
	case "add":
		var a pair
		decode(&a)
		return q.P.point(t).Add(q.Q.point(t)).Equal(a.point(t))
	case "pedersen":
		var a string
		decode(&a)
		return starkhash.Pedersen(testFelt(t, q.A), testFelt(t, q.B)) == testFelt(t, a)
	case "poseidon":
		var a string
		decode(&a)
		return starkhash.PoseidonMany(unhex(t, q.Values)...) == testFelt(t, a)
	case "sign":
		var a pair
		decode(&a)
		f := testFelt(t, q.Key)
		b := f.Bytes()
		key, err := starkhash.NewPrivateKey(b[:])
		if err != nil {
			t.Fatal(err)
		}
		s, err := key.Sign(testFelt(t, q.Hash))
		return err == nil && s.R == testFelt(t, a[0]) && s.S == testFelt(t, a[1])
	case "encrypt":
		var a [2]pair
		decode(&a)
		r := scalar(q.R)
		v := testFelt(t, q.V)
		c := encryptWith(PublicKey{q.P.point(t)}, v.Impl().Uint64(), &r)
		return c.L.Equal(a[0].point(t)) && c.R.Equal(a[1].point(t))
	case "provePoe":
		var a struct {
			Y, A pair
			S, C string
		}
		decode(&a)
		cs := scalar(a.C)
		return sigmaHolds(t, a.Y.point(t), G(), a.A.point(t), cs, scalar(a.S))
	case "proveBit":
		var a struct {
			V, A0, A1      pair
			C0, C1, S0, S1 string
		}
		decode(&a)
		v := a.V.point(t)
		return sigmaHolds(t, v, H(), a.A0.point(t), scalar(a.C0), scalar(a.S0)) &&
			sigmaHolds(t, v.Sub(G()), H(), a.A1.point(t), scalar(a.C1), scalar(a.S1))
	case "verifyPoe":
		var a bool
		decode(&a)
		return a == sigmaHolds(t, q.Y.point(t), q.Base.point(t), q.An.point(t), scalar(q.C), scalar(q.S))
	case "verifyElGamal":
		var a bool
		decode(&a)
		c, sb, sr := scalar(q.C), scalar(q.SB), scalar(q.SR)
		l := product(q.P.point(t), &sr).Add(product(G(), &sb))
		return a == (sigmaHolds(t, q.Rp.point(t), G(), q.AR.point(t), c, sr) &&
			l.Equal(q.AL.point(t).Add(product(q.L.point(t), &c))))
	}
	t.Fatalf("unknown question %q", q.Ask)
	return false
}

// sigmaHolds says whether s·base = A + c·y.
func sigmaHolds(t *testing.T, y, base, a Point, c, s Scalar) bool {
	t.Helper()
	return product(base, &s).Equal(a.Add(product(y, &c)))
}

// product returns s·p by gnark-crypto's own multiplication.
func product(p Point, s *Scalar) Point {
	var out Point
	if p.IsIdentity() {
		return out
	}
	out.a.ScalarMultiplication(&p.a, s.BigInt(new(big.Int)))
	return out
}

// samePoint says whether all our multiplications yield s·p = want.
func samePoint(t *testing.T, p Point, s Scalar, want Point) bool {
	t.Helper()
	a := curve.NewMultiples(&p.a).Mul(&s)
	b := curve.NewTable(&p.a).Mul(&s)
	x := curve.FromAffine(&want.a)
	return a.Equal(&x) && b.Equal(&x) && product(p, &s).Equal(want)
}

// payValues returns the responses of both halves.
func payValues(p *Payment) []Scalar { return integers(p.Proof.Range.S, payWidths) }
