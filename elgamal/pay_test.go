package elgamal

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
)

func TestPayRoundTrip(t *testing.T) {
	solver, err := NewSolver(16)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ balance, amount uint64 }{
		{1, 1}, {1000, 1}, {1 << 40, 5<<32 + 77}, {math.MaxUint64, math.MaxUint64}, {math.MaxUint64, 1 << 32},
	} {
		t.Run(fmt.Sprintf("%d of %d", tc.amount, tc.balance), func(t *testing.T) {
			c := newPayCase(t, nil, tc.balance, tc.amount)
			p := c.prove(t, nil)
			if err := VerifyPay(c.st, p); err != nil {
				t.Fatal(err)
			}
			back, err := ParsePayment(p.Felts())
			if err != nil {
				t.Fatal(err)
			}
			if err := VerifyPay(c.st, back); err != nil {
				t.Fatalf("after a round trip through felts: %v", err)
			}
			if v, err := c.st.OpenAsWorker(c.worker, p.Lo, p.Hi, p.WorkerHint); err != nil || v != tc.amount {
				t.Errorf("worker opens %d, %v", v, err)
			}
			if v, err := c.st.OpenAsPayer(c.payer, p.Lo, p.Hi, p.PayerHint); err != nil || v != tc.amount {
				t.Errorf("payer opens %d, %v", v, err)
			}
			after := c.st.Context.After(c.st.Leftover(p.Lo, p.Hi))
			if v, err := OpenBalance(c.payer, after, p.BalanceHint); err != nil || v != tc.balance-tc.amount {
				t.Errorf("leftover %d, %v", v, err)
			}
			if tc.amount>>32 < 1<<20 && uint32(tc.amount) < 1<<20 {
				if v, err := solver.Payment(t.Context(), c.auditor, p.Lo.ForAuditor(), p.Hi.ForAuditor()); err != nil || v != tc.amount {
					t.Errorf("auditor finds %d, %v", v, err)
				}
			}
		})
	}
}

func TestPayRefusesToProveLies(t *testing.T) {
	c := newPayCase(t, nil, 100, 101)
	for _, tc := range []struct {
		name            string
		key             SecretKey
		balance, amount uint64
		want            error
	}{
		{"more than the balance", c.payer, 100, 101, ErrInsufficient},
		{"zero", c.payer, 100, 0, ErrAmount},
		{"a balance that is not there", c.payer, 200, 101, ErrMismatch},
		{"another's key", c.worker, 100, 1, ErrKey},
	} {
		if _, err := ProvePay(nil, c.st, tc.key, tc.balance, tc.amount); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

// TestPayBindsContext verifies a valid payment in every other context.
func TestPayBindsContext(t *testing.T) {
	c := newPayCase(t, nil, 1000, 7)
	p := c.prove(t, nil)
	if err := VerifyPay(c.st, p); err != nil {
		t.Fatal(err)
	}
	other := testKey(t, nil).Public()
	two := uint64Felt(2)
	for name, change := range map[string]func(*PayStatement){
		"chain":    func(s *PayStatement) { s.ChainID = two },
		"contract": func(s *PayStatement) { s.Contract = two },
		"caller":   func(s *PayStatement) { s.Caller = two },
		"asset":    func(s *PayStatement) { s.Asset = two },
		"epoch":    func(s *PayStatement) { s.KeyEpoch++ },
		"nonce":    func(s *PayStatement) { s.Nonce++ },
		"balance":  func(s *PayStatement) { s.Balance = s.Balance.AddPlain(1) },
		"payer":    func(s *PayStatement) { s.PayerKey = other },
		"worker":   func(s *PayStatement) { s.WorkerKey = other },
		"auditor":  func(s *PayStatement) { s.AuditorKey = other },
		"job":      func(s *PayStatement) { s.JobID = two },
		"attempt":  func(s *PayStatement) { s.Attempt++ },
		"address":  func(s *PayStatement) { s.Worker = two },
	} {
		st := c.st
		change(&st)
		if err := VerifyPay(st, p); !errors.Is(err, ErrProof) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestPayStructure(t *testing.T) {
	c := newPayCase(t, nil, 1<<40, 3<<32+5)
	p := c.prove(t, nil)
	for name, tc := range map[string]struct {
		change func(*Payment)
		want   error
	}{
		"halves swapped":           {func(p *Payment) { p.Lo, p.Hi = p.Hi, p.Lo }, ErrProof},
		"digits of halves swapped": {func(p *Payment) { p.Proof.Range.S = swapHalves(p.Proof.Range.S) }, ErrProof},
		"halves and digits swapped": {func(p *Payment) {
			p.Lo, p.Hi = p.Hi, p.Lo
			q := &p.Proof
			q.SR[0], q.SR[1] = q.SR[1], q.SR[0]
			q.Range.S = swapHalves(q.Range.S)
		}, ErrProof},
		"leftover for halves": {func(p *Payment) { s := p.Proof.Range.S; p.Proof.Range.S = slices.Concat(s[16:], s[:16]) }, ErrProof},
		"31 digits":           {func(p *Payment) { p.Proof.Range.S = p.Proof.Range.S[:31] }, ErrEncoding},
		"33 digits":           {func(p *Payment) { p.Proof.Range.S = append(slices.Clone(p.Proof.Range.S), Scalar{}) }, ErrEncoding},
		"no digits":           {func(p *Payment) { p.Proof.Range.S = nil }, ErrEncoding},
		"14 products":         {func(p *Payment) { p.Proof.Range.Products = p.Proof.Range.Products[:14] }, ErrEncoding},
		"16 products": {func(p *Payment) {
			p.Proof.Range.Products = append(slices.Clone(p.Proof.Range.Products), G())
		}, ErrEncoding},
		"no products": {func(p *Payment) { p.Proof.Range.Products = nil }, ErrEncoding},
		"commitments swapped": {func(p *Payment) {
			r := &p.Proof.Range
			r.Products = slices.Clone(r.Products)
			r.Digits, r.Products[3] = r.Products[3], r.Digits
		}, ErrProof},
		"products swapped": {func(p *Payment) {
			r := &p.Proof.Range
			r.Products = slices.Clone(r.Products)
			r.Products[0], r.Products[14] = r.Products[14], r.Products[0]
		}, ErrProof},
		"identity as digits": {func(p *Payment) { p.Proof.Range.Digits = Point{} }, ErrPoint},
		"identity as product": {func(p *Payment) {
			p.Proof.Range.Products = append([]Point{{}}, p.Proof.Range.Products[1:]...)
		}, ErrPoint},
		"identity as randomness":  {func(p *Payment) { p.Lo.R = Point{} }, ErrPoint},
		"identity as ciphertext":  {func(p *Payment) { p.Hi.Worker = Point{} }, ErrPoint},
		"same randomness":         {func(p *Payment) { p.Hi.R = p.Lo.R }, ErrPoint},
		"opposite randomness":     {func(p *Payment) { p.Hi.R = p.Lo.R.Neg() }, ErrPoint},
		"worker's for payer's":    {func(p *Payment) { p.Lo.Payer, p.Lo.Worker = p.Lo.Worker, p.Lo.Payer }, ErrProof},
		"another worker hint":     {func(p *Payment) { p.WorkerHint = p.PayerHint }, ErrProof},
		"another balance hint":    {func(p *Payment) { p.BalanceHint = Hint{} }, ErrProof},
		"sign of an announcement": {func(p *Payment) { p.Proof.SX.Neg(&p.Proof.SX) }, ErrProof},
	} {
		q := *p
		tc.change(&q)
		if err := VerifyPay(c.st, &q); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// swapHalves gives the low half's digits to the high one and the reverse.
func swapHalves(s []Scalar) []Scalar {
	n := halfBits / digitBits
	return slices.Concat(s[n:2*n], s[:n], s[2*n:])
}

// TestPayAliases adds the modulus of each encoding to a value.
func TestPayAliases(t *testing.T) {
	c := newPayCase(t, nil, 1000, 7)
	valid := c.prove(t, nil).Felts()
	const challenge, firstScalar = 19, 20
	n := testFelt(t, "0x800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f")
	twoTo128 := testFelt(t, "0x100000000000000000000000000000000")
	const blinds, firstDigit = firstScalar + 3 + 2 + 1 + 30, firstScalar + 3 + 2 + 1 + 30 + 3
	m := append([]felt.Felt{}, valid...)
	m[challenge].Add(&m[challenge], &twoTo128)
	if _, err := ParsePayment(m); !errors.Is(err, ErrEncoding) {
		t.Errorf("c + 2^128: %v", err)
	}
	for _, at := range []int{firstScalar, firstScalar + 1, firstScalar + 2, blinds, blinds + 1, firstDigit, len(valid) - 1} {
		m := append([]felt.Felt{}, valid...)
		m[at] = n // 0 + n: the smallest alias, and the only kind below p
		if _, err := ParsePayment(m); !errors.Is(err, ErrEncoding) {
			t.Errorf("scalar %d = n: %v", at, err)
		}
	}
}
