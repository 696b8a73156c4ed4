package elgamal

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
)

var update = flag.Bool("update", false, "rewrite the golden vectors, here and for the contracts")

const (
	goldenJSON  = "testdata/proofs.json"
	goldenCairo = "../contracts/src/privacy/tests/vectors.cairo"
	basisCairo  = "../contracts/src/privacy/basis.cairo"
)

// golden is one statement with its proof, as felts in the contracts' order. A
// vector that is not valid is a forgery that both verifiers must refuse.
type golden struct {
	Name      string   `json:"name"`
	Valid     bool     `json:"valid"`
	Context   []string `json:"context"`   // chain, contract, caller, asset, epoch, nonce, balance
	Statement []string `json:"statement"` // the statement's own public values
	Proof     []string `json:"proof"`
	Result    []string `json:"result,omitempty"` // leftover balance, escrow hash
}

func hexes(fs []felt.Felt) []string {
	out := make([]string, len(fs))
	for i := range fs {
		out[i] = fs[i].String()
	}
	return out
}

func unhex(t *testing.T, ss []string) []felt.Felt {
	out := make([]felt.Felt, len(ss))
	for i := range ss {
		out[i] = testFelt(t, ss[i])
	}
	return out
}

func contextFelts(c Context) []felt.Felt {
	out := []felt.Felt{c.ChainID, c.Contract, c.Caller, c.Asset, uint64Felt(c.KeyEpoch), uint64Felt(c.Nonce)}
	return append(out, c.Balance.Felts()...)
}

// makeGolden proves every statement from a fixed random stream.
func makeGolden(t *testing.T) []golden {
	t.Helper()
	r := &detRand{seed: "SAGE golden vectors 1"}
	var out []golden
	add := func(name string, valid bool, ctx Context, statement, proof, result []felt.Felt) {
		out = append(out, golden{name, valid, hexes(contextFelts(ctx)), hexes(statement), hexes(proof), hexes(result)})
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	c := newPayCase(t, r, 10_000_000_000, 5_000_000_123)
	addPay := func(name string, valid bool, st PayStatement, p *Payment) {
		var statement []felt.Felt
		for _, k := range []PublicKey{st.PayerKey, st.WorkerKey, st.AuditorKey} {
			statement = append(statement, k.p.Felts()...)
		}
		statement = append(statement, st.JobID, uint64Felt(uint64(st.Attempt)), st.Worker)
		e := st.Escrow(p)
		add(name, valid, st.Context, statement, p.Felts(), append(st.Leftover(p.Lo, p.Hi).Felts(), e.Hash()))
	}
	p, err := ProvePay(r, c.st, c.payer, c.balance, c.amount)
	must(err)
	addPay("pay", true, c.st, p)

	over, err := provePay(r, c.st, c.payer, c.balance, c.balance+1) // leftover −1, as a u64
	must(err)
	addPay("pay_overspent", false, c.st, over)

	start := c.st
	start.Balance = Ciphertext{L: valuePoint(c.balance)} // R = O, as after the first deposit
	first, err := ProvePay(r, start, c.payer, c.balance, c.amount)
	must(err)
	addPay("pay_from_deposit", true, start, first)

	fresh := c.st.Context
	fresh.Nonce, fresh.KeyEpoch, fresh.Balance = 0, 0, Ciphertext{}
	kp, err := ProveRegister(r, fresh, c.payer)
	must(err)
	add("register", true, fresh, c.payer.Public().p.Felts(), kp.Felts(), nil)

	rot := fresh
	rot.KeyEpoch = 2
	kp, err = ProveRotation(r, rot, c.auditor)
	must(err)
	add("rotate", true, rot, c.auditor.Public().p.Felts(), kp.Felts(), nil)

	own := c.st.Context
	own.KeyEpoch = 0
	to := uint64Felt(0x70)
	addWithdraw := func(name string, valid bool, st WithdrawStatement, w *Withdrawal) {
		statement := append(st.Key.p.Felts(), st.To, uint64Felt(st.Amount))
		add(name, valid, st.Context, statement, w.Felts(), st.Balance.SubPlain(st.Amount).Felts())
	}
	ws := WithdrawStatement{Context: own, Key: c.payer.Public(), To: to, Amount: 4_000_000_000}
	w, err := ProveWithdraw(r, ws, c.payer, c.balance)
	must(err)
	addWithdraw("withdraw", true, ws, w)
	ws.Amount = c.balance + 1
	w, err = proveWithdraw(r, ws, c.payer, c.balance-ws.Amount) // leftover −1, as a u64
	must(err)
	addWithdraw("withdraw_overspent", false, ws, w)

	rs := RagequitStatement{Context: own, Key: c.payer.Public(), To: to, Amount: c.balance}
	kp, err = ProveRagequit(r, rs, c.payer)
	must(err)
	add("ragequit", true, own, append(rs.Key.p.Felts(), to, uint64Felt(rs.Amount)), kp.Felts(), nil)
	rs.Context.Balance = Ciphertext{L: valuePoint(c.balance)}
	kp, err = ProveRagequit(r, rs, c.payer)
	must(err)
	add("ragequit_from_deposit", true, rs.Context, append(rs.Key.p.Felts(), to, uint64Felt(rs.Amount)), kp.Felts(), nil)
	return out
}

// TestGolden pins the provers to the recorded bytes; the contracts' tests read
// the same bytes, so that both verifiers agree.
func TestGolden(t *testing.T) {
	vs := makeGolden(t)
	raw, err := json.MarshalIndent(map[string]any{
		"origin":  "made by the provers of this package from the stream SHA-256('SAGE golden vectors 1' ‖ counter); go test ./elgamal -run Golden -update",
		"vectors": vs,
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	raw = append(raw, '\n')
	files := map[string][]byte{goldenJSON: raw, goldenCairo: cairoVectors(vs), basisCairo: cairoBasis(), transcriptJSON: transcripts(t, vs)}
	if *update {
		for path, data := range files {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.FromSlash(path))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the provers make; run with -update if that is meant", path)
		}
	}
}

// TestGoldenVerify checks the recorded vectors with the verifiers alone.
func TestGoldenVerify(t *testing.T) {
	raw, err := os.ReadFile(goldenJSON)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []golden }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, g := range file.Vectors {
		t.Run(g.Name, func(t *testing.T) {
			if err := verifyGolden(t, g); g.Valid != (err == nil) || err != nil && !errors.Is(err, ErrProof) {
				t.Errorf("valid = %v, verifier says %v", g.Valid, err)
			}
		})
	}
}

func verifyGolden(t *testing.T, g golden) error {
	t.Helper()
	return verifyFelts(kindOf(g.Name), unhex(t, g.Context), unhex(t, g.Statement), unhex(t, g.Proof))
}

// kindOf returns the statement that a vector is about.
func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, "_")
	return kind
}

// cairoVectors renders the vectors as a Cairo module of constants.
func cairoVectors(vs []golden) []byte {
	var b bytes.Buffer
	b.WriteString("//! Golden vectors, generated by elgamal/golden_test.go: do not edit.\n\n")
	for _, v := range vs {
		name := string(bytes.ToUpper([]byte(v.Name)))
		for _, part := range []struct {
			suffix string
			felts  []string
		}{{"CONTEXT", v.Context}, {"STATEMENT", v.Statement}, {"PROOF", v.Proof}, {"RESULT", v.Result}} {
			if len(part.felts) == 0 {
				continue
			}
			fmt.Fprintf(&b, "#[cairofmt::skip]\npub const %s_%s: [felt252; %d] = [\n", name, part.suffix, len(part.felts))
			for _, f := range part.felts {
				fmt.Fprintf(&b, "    %s,\n", f)
			}
			b.WriteString("];\n")
		}
	}
	return b.Bytes()
}

// cairoBasis renders the bases of digits as a Cairo constant.
func cairoBasis() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `//! Bases of commitments and of long numbers, generated by elgamal/golden_test.go: do not edit.
//!
//! The abscissa of E_i is Poseidon('SAGE/DIGITS/1', i, k) for the smallest k >= 0 that makes it
//! one; the ordinate is at most (p - 1) / 2.

/// E_0.x, E_0.y, E_1.x, ...
#[cairofmt::skip]
pub const BASIS: [felt252; %d] = [
`, 2*len(basis()))
	for _, e := range basis() {
		x, y := e.X(), e.Y()
		fmt.Fprintf(&b, "    %s, %s,\n", x.String(), y.String())
	}
	g := G()
	for range 128 / halfBits {
		g = g.shift32()
	}
	x, y := g.X(), g.Y()
	fmt.Fprintf(&b, `];
/// 2^128 G, with which numbers of two limbs are multiplied limb by limb.
#[cairofmt::skip]
pub const G_128_X: felt252 = %s;
#[cairofmt::skip]
pub const G_128_Y: felt252 = %s;
`, x.String(), y.String())
	return b.Bytes()
}
