package elgamal

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
)

func TestRegister(t *testing.T) {
	key, other := testKey(t, nil), testKey(t, nil)
	ctx := Context{ChainID: shortString("SN_TEST"), Contract: uint64Felt(1), Caller: uint64Felt(2), Asset: uint64Felt(3)}
	proof, err := ProveRegister(nil, ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := VerifyRegister(ctx, key.Public(), proof); err != nil {
		t.Fatal(err)
	}
	if err := VerifyRegister(ctx, other.Public(), proof); !errors.Is(err, ErrProof) {
		t.Errorf("another key: %v", err)
	}
	if err := VerifyRegister(ctx, PublicKey{}, proof); !errors.Is(err, ErrPoint) {
		t.Errorf("the identity: %v", err)
	}
	if err := VerifyRotation(ctx, key.Public(), proof); !errors.Is(err, ErrProof) {
		t.Errorf("as a rotation: %v", err)
	}
	for name, c := range map[string]Context{
		"chain":    {Contract: ctx.Contract, Caller: ctx.Caller, Asset: ctx.Asset},
		"contract": {ChainID: ctx.ChainID, Caller: ctx.Caller, Asset: ctx.Asset},
		"caller":   {ChainID: ctx.ChainID, Contract: ctx.Contract, Asset: ctx.Asset},
		"asset":    {ChainID: ctx.ChainID, Contract: ctx.Contract, Caller: ctx.Caller},
	} {
		if err := VerifyRegister(c, key.Public(), proof); !errors.Is(err, ErrProof) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if _, err := ProveRegister(nil, ctx, SecretKey{}); !errors.Is(err, ErrKey) {
		t.Errorf("no key: %v", err)
	}
	// A key made of another's negated cannot be registered without its secret.
	if err := VerifyRotation(ctx, PublicKey{key.Public().p.Neg()}, proof); !errors.Is(err, ErrProof) {
		t.Errorf("−W as an auditor key: %v", err)
	}
}

func TestWithdraw(t *testing.T) {
	c := newPayCase(t, nil, 1000, 0)
	st := WithdrawStatement{Context: c.st.Context, Key: c.payer.Public(), To: uint64Felt(9), Amount: 400}
	w, err := ProveWithdraw(nil, st, c.payer, c.balance)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseWithdrawal(w.Felts())
	if err != nil {
		t.Fatal(err)
	}
	if err := VerifyWithdraw(st, back); err != nil {
		t.Fatal(err)
	}
	after := st.Context.After(st.Balance.SubPlain(st.Amount))
	if v, err := OpenBalance(c.payer, after, w.BalanceHint); err != nil || v != 600 {
		t.Errorf("what stays: %d, %v", v, err)
	}
	for name, change := range map[string]func(*WithdrawStatement){
		"recipient": func(s *WithdrawStatement) { s.To = uint64Felt(8) },
		"amount":    func(s *WithdrawStatement) { s.Amount++ },
		"less":      func(s *WithdrawStatement) { s.Amount-- },
		"nonce":     func(s *WithdrawStatement) { s.Nonce++ },
		"key":       func(s *WithdrawStatement) { s.Key = c.worker.Public() },
		"balance":   func(s *WithdrawStatement) { s.Balance = s.Balance.AddPlain(1) },
	} {
		other := st
		change(&other)
		if err := VerifyWithdraw(other, w); !errors.Is(err, ErrProof) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	valid := w.Felts()
	for i := 0; i < len(valid); i += 1 + i/12 { // all of the head, some of the bits
		mutated := append([]felt.Felt{}, valid...)
		mutated[i].Add(&mutated[i], &felt.One)
		got, err := ParseWithdrawal(mutated)
		if err == nil {
			err = VerifyWithdraw(st, got)
		}
		if err == nil {
			t.Errorf("felt %d plus one is accepted", i)
		}
	}
	for _, tc := range []struct {
		amount uint64
		want   error
	}{{0, ErrAmount}, {1001, ErrInsufficient}} {
		s := st
		s.Amount = tc.amount
		if _, err := ProveWithdraw(nil, s, c.payer, c.balance); !errors.Is(err, tc.want) {
			t.Errorf("withdrawing %d: %v, want %v", tc.amount, err, tc.want)
		}
	}
}

func TestRagequit(t *testing.T) {
	c := newPayCase(t, nil, 1000, 0)
	for name, balance := range map[string]Ciphertext{"encrypted": c.st.Balance, "R = O": {L: valuePoint(1000)}} {
		st := RagequitStatement{Context: c.st.Context, Key: c.payer.Public(), To: uint64Felt(9), Amount: 1000}
		st.Balance = balance
		proof, err := ProveRagequit(nil, st, c.payer)
		if err != nil {
			t.Fatal(err)
		}
		if err := VerifyRagequit(st, proof); err != nil {
			t.Fatal(err)
		}
		st.Amount++
		if err := VerifyRagequit(st, proof); !errors.Is(err, ErrProof) {
			t.Errorf("%s: one unit more: %v", name, err)
		}
		if _, err := ProveRagequit(nil, st, c.payer); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: proving one unit more: %v", name, err)
		}
		st.Amount--
		st.To = uint64Felt(8)
		if err := VerifyRagequit(st, proof); !errors.Is(err, ErrProof) {
			t.Errorf("%s: another recipient: %v", name, err)
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	key, err := NewSecretKey([32]byte{31: 0xab})
	if err != nil {
		t.Fatal(err)
	}
	wrapped := struct{ K SecretKey }{key}
	hidden := struct{ k SecretKey }{key}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		for _, v := range []any{key, &key, wrapped, hidden} {
			if s := fmt.Sprintf(verb, v); strings.Contains(strings.ToLower(s), "ab}") || strings.Contains(s, "171") {
				t.Errorf("%s shows %s", verb, s)
			}
		}
	}
	if _, err := key.MarshalText(); err == nil {
		t.Error("a key is serialised")
	}
	for name, b := range map[string][32]byte{"zero": {}, "n": orderBytes(), "all ones": {0: 0xff, 31: 0xff}} {
		if _, err := NewSecretKey(b); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func orderBytes() (b [32]byte) {
	var minusOne Scalar
	minusOne.SetOne().Neg(&minusOne)
	b = minusOne.Bytes()
	b[31]++ // n ends in 0x2f, so there is no carry
	return b
}

func TestPoints(t *testing.T) {
	if _, err := NewNonZeroPoint(felt.Zero, felt.Zero); !errors.Is(err, ErrPoint) {
		t.Errorf("(0, 0): %v", err)
	}
	if p, err := NewPoint(felt.Zero, felt.Zero); err != nil || !p.IsIdentity() {
		t.Errorf("O: %v, %v", p, err)
	}
	if _, err := NewPoint(felt.One, felt.One); !errors.Is(err, ErrPoint) {
		t.Errorf("(1, 1): %v", err)
	}
	if _, err := NewPublicKey(felt.Zero, felt.Zero); !errors.Is(err, ErrPoint) {
		t.Errorf("the identity as a key: %v", err)
	}
	for _, p := range []Point{G(), H(), G().Neg(), H().Neg()} {
		q, err := pointFromX(p.X())
		if err != nil || q.a.Y.LexicographicallyLargest() || !(q.Equal(p) || q.Equal(p.Neg())) {
			t.Errorf("from abscissa %v: %v, %v", p, q, err)
		}
	}
}

// TestMultiplication compares the two own multiplications with the library's.
func TestMultiplication(t *testing.T) {
	one, minusOne := Scalar{}, Scalar{}
	one.SetOne()
	minusOne.Neg(&one)
	scalars := []Scalar{{}, one, minusOne}
	for range 20 {
		s, err := randomScalar(nil)
		if err != nil {
			t.Fatal(err)
		}
		scalars = append(scalars, s)
	}
	p := testKey(t, nil).Public().p
	for _, s := range scalars {
		for name, c := range map[string]struct {
			got  starkcurve.G1Jac
			base Point
		}{"generator": {baseG.mulPublic(&s), G()}, "window": {p.mulPublic(&s), p}, "O": {Point{}.mulPublic(&s), Point{}}} {
			var want starkcurve.G1Affine
			if !c.base.IsIdentity() {
				want.ScalarMultiplication(&c.base.a, s.BigInt(new(big.Int)))
			}
			if got := fromJac(&c.got); !got.a.Equal(&want) {
				t.Errorf("%s: %s times %v = %v", name, s.String(), c.base, got)
			}
			secret := c.base.mulSecret(&s)
			if got := fromProjective(&secret); !got.a.Equal(&want) {
				t.Errorf("%s, secret: %s times %v = %v", name, s.String(), c.base, got)
			}
		}
	}
}
