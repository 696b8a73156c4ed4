package elgamal

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// stuck is a random source that always yields the same bytes.
type stuck struct{}

func (stuck) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 7
	}
	return len(p), nil
}

// TestStuckRandomness: with a source that repeats itself, another amount, job or
// nonce still gets other randomness, and the same payment the same proof.
func TestStuckRandomness(t *testing.T) {
	c := newPayCase(t, nil, 1000, 7)
	first := c.prove(t, stuck{})
	if !bytes.Equal(feltBytes(first.Felts()), feltBytes(c.prove(t, stuck{}).Felts())) {
		t.Error("the same payment has two proofs under the same bytes")
	}
	for name, change := range map[string]func(*payCase){
		"amount": func(c *payCase) { c.amount++ },
		"job":    func(c *payCase) { c.st.Attempt++ },
		"nonce":  func(c *payCase) { c.st.Nonce++ },
		"worker": func(c *payCase) { c.st.WorkerKey = c.auditor.Public() },
	} {
		other := c
		change(&other)
		p := other.prove(t, stuck{})
		if p.Lo.R.Equal(first.Lo.R) || p.Hi.R.Equal(first.Hi.R) || p.Proof.Range.Digits.Equal(first.Proof.Range.Digits) {
			t.Errorf("another %s has the same randomness", name)
		}
		// s − s' = (c − c')·x would follow from equal nonces.
		var d, dc Scalar
		d.Sub(&p.Proof.SX, &first.Proof.SX)
		c1, c0 := p.Proof.C.scalar(), first.Proof.C.scalar()
		dc.Sub(&c1, &c0).Inverse(&dc)
		if x := c.payer.x(); d.Mul(&d, &dc).Equal(&x) {
			t.Errorf("another %s has the same nonce: the key shows", name)
		}
	}
}

// TestBrokenRandomness: no source, no proof and no key.
func TestBrokenRandomness(t *testing.T) {
	c := newPayCase(t, nil, 1000, 7)
	broken := iotest.ErrReader(io.ErrUnexpectedEOF)
	for name, f := range map[string]func() error{
		"key":      func() error { _, err := GenerateKey(broken); return err },
		"encrypt":  func() error { _, err := Encrypt(broken, c.payer.Public(), 1); return err },
		"pay":      func() error { _, err := ProvePay(broken, c.st, c.payer, c.balance, c.amount); return err },
		"register": func() error { _, err := ProveRegister(broken, c.st.Context, c.payer); return err },
		"withdraw": func() error {
			_, err := ProveWithdraw(broken, WithdrawStatement{Context: c.st.Context, Key: c.payer.Public(), Amount: 1}, c.payer, c.balance)
			return err
		},
		"ragequit": func() error {
			_, err := ProveRagequit(broken, RagequitStatement{Context: c.st.Context, Key: c.payer.Public(), Amount: c.balance}, c.payer)
			return err
		},
	} {
		if err := f(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRejection: bytes that are zero or not below n are drawn again.
func TestRejection(t *testing.T) {
	n, two := orderBytes(), [32]byte{31: 2}
	stream := bytes.Join([][]byte{make([]byte, 32), n[:], bytes.Repeat([]byte{0xff}, 32), two[:]}, nil)
	s, err := randomScalar(bytes.NewReader(stream))
	if err != nil || s.Uint64() != 2 {
		t.Errorf("%s, %v", s.String(), err)
	}
}
