package elgamal

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
)

// detRand is a reproducible byte stream for vectors: SHA-256(seed ‖ counter).
type detRand struct {
	seed string
	n    uint64
	buf  []byte
}

func (d *detRand) Read(p []byte) (int, error) {
	for i := range p {
		if len(d.buf) == 0 {
			h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(d.seed), d.n))
			d.buf = h[:]
			d.n++
		}
		p[i] = d.buf[0]
		d.buf = d.buf[1:]
	}
	return len(p), nil
}

func testFelt(t testing.TB, s string) felt.Felt {
	t.Helper()
	var f felt.Felt
	if _, err := f.SetString(s); err != nil {
		t.Fatalf("felt %q: %v", s, err)
	}
	return f
}

func shortString(s string) felt.Felt { return *new(felt.Felt).SetBytes([]byte(s)) }

func testKey(t testing.TB, r io.Reader) SecretKey {
	t.Helper()
	k, err := GenerateKey(r)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// payCase is a payer with a balance, about to pay a worker.
type payCase struct {
	payer, worker, auditor SecretKey
	st                     PayStatement
	balance, amount        uint64
}

func newPayCase(t testing.TB, r io.Reader, balance, amount uint64) payCase {
	t.Helper()
	c := payCase{payer: testKey(t, r), worker: testKey(t, r), auditor: testKey(t, r), balance: balance, amount: amount}
	ct, err := Encrypt(r, c.payer.Public(), balance)
	if err != nil {
		t.Fatal(err)
	}
	c.st = PayStatement{
		Context: Context{
			ChainID: shortString("SN_TEST"), Contract: uint64Felt(0x5a6e), Caller: uint64Felt(0xca11e5),
			Asset: uint64Felt(0xa55e7), KeyEpoch: 1, Nonce: 7, Balance: ct,
		},
		PayerKey: c.payer.Public(), WorkerKey: c.worker.Public(), AuditorKey: c.auditor.Public(),
		JobID: testFelt(t, "0x1234567890abcdef1234567890abcdef"), Attempt: 2, Worker: uint64Felt(0x30ced),
	}
	return c
}

func (c payCase) prove(t testing.TB, r io.Reader) *Payment {
	t.Helper()
	p, err := ProvePay(r, c.st, c.payer, c.balance, c.amount)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
