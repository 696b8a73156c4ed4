package elgamal

import (
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
)

// Half is one 32-bit half of a payment, encrypted under one randomness to the
// payer, the worker and the auditor: R = rG, L_K = bG + rK.
type Half struct {
	R, Payer, Worker, Auditor Point
}

// ForPayer is the half as the payer decrypts it.
func (h Half) ForPayer() Ciphertext { return Ciphertext{L: h.Payer, R: h.R} }

// ForWorker is the half as the worker decrypts it.
func (h Half) ForWorker() Ciphertext { return Ciphertext{L: h.Worker, R: h.R} }

// ForAuditor is the half as the auditor decrypts it.
func (h Half) ForAuditor() Ciphertext { return Ciphertext{L: h.Auditor, R: h.R} }

// Felts returns R, L_payer, L_worker, L_auditor as x, y each.
func (h Half) Felts() []felt.Felt {
	var out []felt.Felt
	for _, p := range []Point{h.R, h.Payer, h.Worker, h.Auditor} {
		out = append(out, p.Felts()...)
	}
	return out
}

// PayStatement is the public part of a payment that its maker does not choose:
// who pays whom for which attempt, under which keys. Context.Balance and
// Context.Nonce are the payer's, as stored before the payment.
type PayStatement struct {
	Context
	PayerKey   PublicKey
	WorkerKey  PublicKey // the worker's registered key
	AuditorKey PublicKey // the key of Context.KeyEpoch
	JobID      felt.Felt // below 2^128
	Attempt    uint32
	Worker     felt.Felt // the worker's account address
}

// PayProof proves, with one challenge for all of it, that both halves encrypt
// the same 32-bit integers to the three keys and that what stays in the
// balance is a 64-bit integer.
type PayProof struct {
	C     Challenge
	SX    Scalar    // for the secret key
	SR    [2]Scalar // for the halves' randomness
	Range RangeProof
}

// Payment is everything that the payer sends to lock a payment.
type Payment struct {
	Lo, Hi      Half
	PayerHint   Hint
	WorkerHint  Hint
	BalanceHint Hint
	Proof       PayProof
}

// Witness indices of a pay statement.
const (
	wX = iota
	wB0
	wB1
	wLeft
	wR0
	wR1
	payWitnesses
)

// Leftover returns the payer's balance after the payment.
func (st *PayStatement) Leftover(lo, hi Half) Ciphertext {
	return st.Balance.Sub(Join(lo.ForPayer(), hi.ForPayer()))
}

// ProvePay locks amount units out of a balance that holds balance units. It
// returns [ErrMismatch] when key does not decrypt the stored balance to that
// value, [ErrAmount] for a zero amount and [ErrInsufficient] when the amount
// exceeds the balance.
func ProvePay(rand io.Reader, st PayStatement, key SecretKey, balance, amount uint64) (*Payment, error) {
	if !key.Public().Equal(st.PayerKey) {
		return nil, fmt.Errorf("%w: the secret key is not the payer's", ErrKey)
	}
	if amount == 0 {
		return nil, fmt.Errorf("%w: a payment of zero", ErrAmount)
	}
	if amount > balance {
		return nil, fmt.Errorf("%w: have %d units, want to pay %d", ErrInsufficient, balance, amount)
	}
	if err := key.Check(st.Balance, balance); err != nil {
		return nil, err
	}
	return provePay(rand, st, key, balance, amount)
}

// provePay makes the proof without asking whether the statement is true.
func provePay(rand io.Reader, st PayStatement, key SecretKey, balance, amount uint64) (*Payment, error) {
	values, x := payIntegers(balance, amount), key.x()
	blinding, err := st.blinding(rand, &x, values)
	if err != nil {
		return nil, err
	}
	r, err := distinctScalars(blinding)
	if err != nil {
		return nil, err
	}
	return provePayWith(rand, st, key, values, r, blinding)
}

// payIntegers are the integers of a payment: the halves of the amount, and what stays.
func payIntegers(balance, amount uint64) []uint64 {
	return []uint64{amount & (1<<halfBits - 1), amount >> halfBits, balance - amount}
}

// provePayWith makes the proof for halves with the randomness r, and hides the digits with what blinding yields next.
func provePayWith(rand io.Reader, st PayStatement, key SecretKey, values []uint64, r []Scalar, blinding *nonces) (*Payment, error) {
	x := key.x()
	digits, err := commitDigits(blinding, values, payWidths)
	if err != nil {
		return nil, err
	}
	pay := &Payment{Lo: st.encryptHalf(values[0], &r[0]), Hi: st.encryptHalf(values[1], &r[1])}
	if err := st.sealHints(pay, key, values[0]|values[1]<<halfBits, values[2]); err != nil {
		return nil, err
	}

	t := st.transcript(pay)
	n, err := newNonces(rand, &x, append(append([]felt.Felt{}, t.felts...), digits.proof.Digits.Felts()...))
	if err != nil {
		return nil, err
	}
	k, err := n.scalars(payWitnesses)
	if err != nil {
		return nil, err
	}
	ks, err := digits.announce(t, n)
	if err != nil {
		return nil, err
	}
	copy(k[wB0:], ks)
	t.point(announce(st.equations(pay), k)...)
	c := t.challenge()
	s := respond([]Scalar{k[wX], k[wR0], k[wR1]}, []Scalar{x, r[0], r[1]}, c)
	pay.Proof = PayProof{C: c, SX: s[0], SR: [2]Scalar{s[1], s[2]}, Range: digits.respond(c)}
	return pay, nil
}

// VerifyPay checks a payment as the contract does. It returns [ErrPoint] for
// degenerate points and [ErrProof] when the proof does not hold.
func VerifyPay(st PayStatement, pay *Payment) error {
	for _, k := range []PublicKey{st.PayerKey, st.WorkerKey, st.AuditorKey} {
		if k.p.IsIdentity() {
			return fmt.Errorf("%w: a key is the identity", ErrPoint)
		}
	}
	for _, h := range []Half{pay.Lo, pay.Hi} {
		for _, p := range []Point{h.R, h.Payer, h.Worker, h.Auditor} {
			if p.IsIdentity() {
				return fmt.Errorf("%w: the identity in a payment", ErrPoint)
			}
		}
	}
	if pay.Lo.R.a.X.Equal(&pay.Hi.R.a.X) {
		return fmt.Errorf("%w: both halves have the same randomness", ErrPoint)
	}
	p := &pay.Proof
	if err := p.Range.check(payWidths); err != nil {
		return err
	}
	t := st.transcript(pay)
	v := p.Range.replay(t, p.C, payWidths)
	t.point(recompute(st.equations(pay), []Scalar{p.SX, v[0], v[1], v[2], p.SR[0], p.SR[1]}, p.C)...)
	return t.check(p.C)
}

// transcript is everything that precedes the digits.
func (st *PayStatement) transcript(pay *Payment) *transcript {
	t := newTranscript(OpPay, &st.Context)
	t.point(st.PayerKey.p, st.WorkerKey.p, st.AuditorKey.p)
	t.felt(pay.Lo.Felts()...)
	t.felt(pay.Hi.Felts()...)
	t.felt(st.JobID, uint64Felt(uint64(st.Attempt)), st.Worker)
	t.felt(felt.Felt(pay.PayerHint), felt.Felt(pay.WorkerHint), felt.Felt(pay.BalanceHint))
	return t
}

// equations lists the statement in the order of its announcements.
func (st *PayStatement) equations(pay *Payment) []equation {
	eqs := []equation{{image: st.PayerKey.p, terms: []term{{wX, baseG}}}}
	for j, h := range []Half{pay.Lo, pay.Hi} {
		b, r := wB0+j, wR0+j
		eqs = append(eqs,
			equation{h.R, []term{{r, baseG}}},
			equation{h.Payer, []term{{b, baseG}, {r, st.PayerKey.p}}},
			equation{h.Worker, []term{{b, baseG}, {r, st.WorkerKey.p}}},
			equation{h.Auditor, []term{{b, baseG}, {r, st.AuditorKey.p}}})
	}
	return append(eqs, leftoverEquation(st.Leftover(pay.Lo, pay.Hi), wX, wLeft))
}

// leftoverEquation states that c encrypts a value under the key with secret
// witness x.
func leftoverEquation(c Ciphertext, x, value int) equation {
	return equation{c.L, []term{{value, baseG}, {x, c.R}}}
}

func (st *PayStatement) encryptHalf(v uint64, r *Scalar) Half {
	c := encryptWith(st.PayerKey, v, r)
	return Half{
		R: c.R, Payer: c.L,
		Worker:  encryptWith(st.WorkerKey, v, r).L,
		Auditor: encryptWith(st.AuditorKey, v, r).L,
	}
}

// blinding returns the stream that a payment's randomness comes from. It is
// hedged like the nonces: a repeated r_j or r_B under other values would show their
// difference, so it depends on these too.
func (st *PayStatement) blinding(rand io.Reader, x *Scalar, values []uint64) (*nonces, error) {
	t := newTranscript(OpPay, &st.Context)
	t.point(st.PayerKey.p, st.WorkerKey.p, st.AuditorKey.p)
	t.felt(st.JobID, uint64Felt(uint64(st.Attempt)), st.Worker)
	return newBlinding(rand, x, t, values)
}

// distinctScalars draws r0 ≠ ±r1, neither 0: equal ones would show b1 − b0 (or the
// sum) to everyone.
func distinctScalars(n *nonces) ([]Scalar, error) {
	for {
		r, err := n.scalars(2)
		if err != nil {
			return nil, err
		}
		var neg Scalar
		if neg.Neg(&r[1]); !r[0].Equal(&r[1]) && !r[0].Equal(&neg) && !r[0].IsZero() && !r[1].IsZero() {
			return r, nil
		}
	}
}

// Felts returns the payment in the order of the contract's Payment struct.
func (p *Payment) Felts() []felt.Felt {
	out := append(p.Lo.Felts(), p.Hi.Felts()...)
	out = append(out, felt.Felt(p.PayerHint), felt.Felt(p.WorkerHint), felt.Felt(p.BalanceHint))
	q := &p.Proof
	out = append(out, q.C.Felt())
	for _, s := range []*Scalar{&q.SX, &q.SR[0], &q.SR[1]} {
		out = append(out, scalarFelt(s))
	}
	return append(out, q.Range.Felts()...)
}

// ParsePayment decodes what [Payment.Felts] yields, and nothing else: points
// must be on the curve, scalars below n, challenges below 2^128, range proofs
// of the exact length, with no felt left over.
func ParsePayment(fs []felt.Felt) (*Payment, error) {
	r := reader{fs: fs}
	p := new(Payment)
	p.Lo, p.Hi = r.half(), r.half()
	p.PayerHint, p.WorkerHint, p.BalanceHint = Hint(r.next()), Hint(r.next()), Hint(r.next())
	q := &p.Proof
	q.C = r.challenge()
	for _, s := range []*Scalar{&q.SX, &q.SR[0], &q.SR[1]} {
		*s = r.scalar()
	}
	q.Range = r.rangeProof(payWidths)
	return p, r.finish()
}
