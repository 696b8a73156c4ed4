package elgamal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
	"golang.org/x/crypto/chacha20poly1305"
)

// Hint is an authenticated encryption of one u64 in one felt: 8 bytes of
// ciphertext and 16 of tag (ChaCha20-Poly1305, RFC 8439). It saves its reader
// a discrete logarithm and proves nothing: every opened value is checked
// against the ciphertext that it is about.
//
// Every key is derived for one message (HKDF-SHA256, RFC 5869, over values that
// differ whenever the message does), so the nonce is zero.
type Hint felt.Felt

const hintBytes = 8 + chacha20poly1305.Overhead

// Domain labels of the hint keys.
const (
	labelPayer   = "SAGE/PAY/1/hint/payer"
	labelWorker  = "SAGE/PAY/1/hint/worker"
	labelBalance = "SAGE/PAY/1/hint/balance"
)

func seal(ikm []byte, label string, info []felt.Felt, v uint64) (Hint, error) {
	aead, err := hintCipher(ikm, label, info)
	if err != nil {
		return Hint{}, err
	}
	var zero [chacha20poly1305.NonceSize]byte
	sealed := aead.Seal(nil, zero[:], binary.BigEndian.AppendUint64(nil, v), nil)
	return Hint(*new(felt.Felt).SetBytes(sealed)), nil
}

func (h Hint) open(ikm []byte, label string, info []felt.Felt) (uint64, error) {
	aead, err := hintCipher(ikm, label, info)
	if err != nil {
		return 0, err
	}
	f := felt.Felt(h)
	b := f.Bytes()
	for _, v := range b[:32-hintBytes] {
		if v != 0 {
			return 0, fmt.Errorf("%w: it is longer than %d bytes", ErrHint, hintBytes)
		}
	}
	var zero [chacha20poly1305.NonceSize]byte
	plain, err := aead.Open(nil, zero[:], b[32-hintBytes:], nil)
	if err != nil {
		return 0, fmt.Errorf("%w: authentication failed", ErrHint)
	}
	return binary.BigEndian.Uint64(plain), nil
}

type aead interface {
	Seal(dst, nonce, plaintext, additionalData []byte) []byte
	Open(dst, nonce, ciphertext, additionalData []byte) ([]byte, error)
}

func hintCipher(ikm []byte, label string, info []felt.Felt) (aead, error) {
	key, err := hkdf.Key(sha256.New, ikm, []byte(label), string(feltBytes(info)), chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("elgamal: deriving a hint key: %w", err)
	}
	return chacha20poly1305.New(key)
}

// After returns the context of the account after one of its own calls that
// leaves this balance; balance hints are sealed for it.
func (c Context) After(balance Ciphertext) Context {
	c.Nonce++
	c.Balance = balance
	return c
}

// balanceInfo binds a balance hint to the state that it describes. The
// ciphertext determines the value, so two values never share a key.
func (c *Context) balanceInfo() []felt.Felt {
	info := []felt.Felt{c.ChainID, c.Contract, c.Caller, c.Asset, uint64Felt(c.Nonce)}
	return append(info, c.Balance.Felts()...)
}

// SealBalance encrypts the value of an own balance for its owner. ctx is the
// state as it will be stored together with the hint: the nonce and the balance
// *after* the call.
func SealBalance(key SecretKey, ctx Context, v uint64) (Hint, error) {
	x := key.Bytes()
	return seal(x[:], labelBalance, ctx.balanceInfo(), v)
}

// OpenBalance decrypts the balance of ctx (as stored now) with its stored
// hint. It returns [ErrHint] when the hint does not open or is not true.
func OpenBalance(key SecretKey, ctx Context, h Hint) (uint64, error) {
	x := key.Bytes()
	v, err := h.open(x[:], labelBalance, ctx.balanceInfo())
	if err != nil {
		return 0, err
	}
	if err := key.Check(ctx.Balance, v); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrHint, err)
	}
	return v, nil
}

// hintInfo is what the key of a payment hint is bound to besides xW, the
// Diffie–Hellman value of payer and worker. It is never rW, with which whoever
// learns it could test guesses against the worker's ciphertext.
func (st *PayStatement) hintInfo(lo, hi Half) []felt.Felt {
	info := []felt.Felt{st.ChainID, st.Contract, uint64Felt(st.Nonce), st.JobID, uint64Felt(uint64(st.Attempt))}
	return append(append(info, lo.R.Felts()...), hi.R.Felts()...)
}

func (st *PayStatement) sealHints(pay *Payment, key SecretKey, amount, leftover uint64) error {
	shared := feltBytes(key.mulSecret(st.WorkerKey.p).Felts())
	info := st.hintInfo(pay.Lo, pay.Hi)
	var err error
	if pay.PayerHint, err = seal(shared, labelPayer, info, amount); err != nil {
		return err
	}
	if pay.WorkerHint, err = seal(shared, labelWorker, info, amount); err != nil {
		return err
	}
	pay.BalanceHint, err = SealBalance(key, st.Context.After(st.Leftover(pay.Lo, pay.Hi)), leftover)
	return err
}

// OpenAsWorker returns the amount of a payment from the worker's hint, checked
// against both halves. It returns [ErrHint] when the hint is not true; the
// amount may then still be found with [Solver.Payment].
func (st *PayStatement) OpenAsWorker(key SecretKey, lo, hi Half, h Hint) (uint64, error) {
	return openPayment(key, st.PayerKey, labelWorker, st.hintInfo(lo, hi), lo.ForWorker(), hi.ForWorker(), h)
}

// OpenAsPayer returns the amount of a payment from the payer's hint.
func (st *PayStatement) OpenAsPayer(key SecretKey, lo, hi Half, h Hint) (uint64, error) {
	return openPayment(key, st.WorkerKey, labelPayer, st.hintInfo(lo, hi), lo.ForPayer(), hi.ForPayer(), h)
}

func openPayment(key SecretKey, peer PublicKey, label string, info []felt.Felt, lo, hi Ciphertext, h Hint) (uint64, error) {
	return openShared(key, feltBytes(key.mulSecret(peer.p).Felts()), label, info, lo, hi, h)
}

// openShared opens a payment with the Diffie-Hellman value that its hint is sealed under.
func openShared(key SecretKey, shared []byte, label string, info []felt.Felt, lo, hi Ciphertext, h Hint) (uint64, error) {
	v, err := h.open(shared, label, info)
	if err != nil {
		return 0, err
	}
	if err := key.Check(lo, v&(1<<halfBits-1)); err != nil {
		return 0, fmt.Errorf("%w: low half: %w", ErrHint, err)
	}
	if err := key.Check(hi, v>>halfBits); err != nil {
		return 0, fmt.Errorf("%w: high half: %w", ErrHint, err)
	}
	return v, nil
}
