package elgamal

import (
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
)

// WithdrawStatement is the public part of a withdrawal of Amount units to the
// account To.
type WithdrawStatement struct {
	Context
	Key    PublicKey
	To     felt.Felt
	Amount uint64
}

// Withdrawal is what the owner sends: the hint for what stays and the proof
// that it is a 64-bit integer.
type Withdrawal struct {
	BalanceHint Hint
	C           Challenge
	SX          Scalar
	Range       RangeProof
}

// Witness indices of a withdraw statement.
const (
	withdrawX = iota
	withdrawLeft
	withdrawWitnesses
)

// ProveWithdraw takes st.Amount units out of a balance that holds balance
// units. Errors are those of [ProvePay].
func ProveWithdraw(rand io.Reader, st WithdrawStatement, key SecretKey, balance uint64) (*Withdrawal, error) {
	if !key.Public().Equal(st.Key) {
		return nil, fmt.Errorf("%w: the secret key is not the account's", ErrKey)
	}
	if st.Amount == 0 {
		return nil, fmt.Errorf("%w: a withdrawal of zero", ErrAmount)
	}
	if st.Amount > balance {
		return nil, fmt.Errorf("%w: have %d units, want to withdraw %d", ErrInsufficient, balance, st.Amount)
	}
	if err := key.Check(st.Balance, balance); err != nil {
		return nil, err
	}
	return proveWithdraw(rand, st, key, balance-st.Amount)
}

// proveWithdraw makes the proof without asking whether the statement is true.
func proveWithdraw(rand io.Reader, st WithdrawStatement, key SecretKey, leftover uint64) (*Withdrawal, error) {
	x := key.x()
	blinding, err := newBlinding(rand, &x, st.transcript(Hint{}), []uint64{leftover})
	if err != nil {
		return nil, err
	}
	digits, err := commitDigits(blinding, []uint64{leftover}, withdrawWidths)
	if err != nil {
		return nil, err
	}
	out := new(Withdrawal)
	after := st.Balance.SubPlain(st.Amount)
	if out.BalanceHint, err = SealBalance(key, st.Context.After(after), leftover); err != nil {
		return nil, err
	}
	t := st.transcript(out.BalanceHint)
	n, err := newNonces(rand, &x, append(append([]felt.Felt{}, t.felts...), digits.proof.Digits.Felts()...))
	if err != nil {
		return nil, err
	}
	k, err := n.scalars(withdrawWitnesses)
	if err != nil {
		return nil, err
	}
	ks, err := digits.announce(t, n)
	if err != nil {
		return nil, err
	}
	copy(k[withdrawLeft:], ks)
	t.point(announce(st.equations(), k)...)
	out.C = t.challenge()
	out.SX = respond(k[:1], []Scalar{x}, out.C)[0]
	out.Range = digits.respond(out.C)
	return out, nil
}

// VerifyWithdraw checks a withdrawal as the contract does; it returns [ErrProof].
func VerifyWithdraw(st WithdrawStatement, w *Withdrawal) error {
	if st.Key.p.IsIdentity() {
		return fmt.Errorf("%w: the key is the identity", ErrPoint)
	}
	if err := w.Range.check(withdrawWidths); err != nil {
		return err
	}
	t := st.transcript(w.BalanceHint)
	v := w.Range.replay(t, w.C, withdrawWidths)
	t.point(recompute(st.equations(), []Scalar{w.SX, v[0]}, w.C)...)
	return t.check(w.C)
}

func (st *WithdrawStatement) transcript(hint Hint) *transcript {
	t := newTranscript(OpWithdraw, &st.Context)
	t.point(st.Key.p)
	t.felt(st.To, uint64Felt(st.Amount), felt.Felt(hint))
	return t
}

func (st *WithdrawStatement) equations() []equation {
	return []equation{
		{st.Key.p, []term{{withdrawX, baseG}}},
		leftoverEquation(st.Balance.SubPlain(st.Amount), withdrawX, withdrawLeft),
	}
}

// Felts returns the withdrawal in the order of the contract's Withdrawal struct.
func (w *Withdrawal) Felts() []felt.Felt {
	out := []felt.Felt{felt.Felt(w.BalanceHint), w.C.Felt(), scalarFelt(&w.SX)}
	return append(out, w.Range.Felts()...)
}

// ParseWithdrawal decodes what [Withdrawal.Felts] yields, strictly.
func ParseWithdrawal(fs []felt.Felt) (*Withdrawal, error) {
	r := reader{fs: fs}
	w := &Withdrawal{BalanceHint: Hint(r.next()), C: r.challenge(), SX: r.scalar(), Range: r.rangeProof(withdrawWidths)}
	return w, r.finish()
}

// RagequitStatement is the public part of leaving with the whole balance of
// Amount units to the account To. It reveals the balance and needs no range
// proof. Pending credits and escrows stay.
type RagequitStatement struct {
	Context
	Key    PublicKey
	To     felt.Felt
	Amount uint64
}

// ProveRagequit proves P = xG and L − Amount·G = xR. It returns [ErrMismatch]
// when the balance is not st.Amount.
func ProveRagequit(rand io.Reader, st RagequitStatement, key SecretKey) (KeyProof, error) {
	if !key.Public().Equal(st.Key) {
		return KeyProof{}, fmt.Errorf("%w: the secret key is not the account's", ErrKey)
	}
	if st.Amount == 0 {
		return KeyProof{}, fmt.Errorf("%w: nothing to leave with", ErrAmount)
	}
	if err := key.Check(st.Balance, st.Amount); err != nil {
		return KeyProof{}, err
	}
	x := key.x()
	t := st.transcript()
	n, err := newNonces(rand, &x, t.felts)
	if err != nil {
		return KeyProof{}, err
	}
	k, err := n.scalars(1)
	if err != nil {
		return KeyProof{}, err
	}
	t.point(announce(st.equations(), k)...)
	c := t.challenge()
	return KeyProof{C: c, S: respond(k, []Scalar{x}, c)[0]}, nil
}

// VerifyRagequit checks a proof as the contract does; it returns [ErrProof].
func VerifyRagequit(st RagequitStatement, proof KeyProof) error {
	if st.Key.p.IsIdentity() {
		return fmt.Errorf("%w: the key is the identity", ErrPoint)
	}
	t := st.transcript()
	t.point(recompute(st.equations(), []Scalar{proof.S}, proof.C)...)
	return t.check(proof.C)
}

func (st *RagequitStatement) transcript() *transcript {
	t := newTranscript(OpRagequit, &st.Context)
	t.point(st.Key.p)
	t.felt(st.To, uint64Felt(st.Amount))
	return t
}

func (st *RagequitStatement) equations() []equation {
	return []equation{
		{st.Key.p, []term{{0, baseG}}},
		{st.Balance.SubPlain(st.Amount).L, []term{{0, st.Balance.R}}},
	}
}
