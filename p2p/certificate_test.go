package p2p

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

type oneCertificate wire.Certificate

func (c oneCertificate) Certificate(_ context.Context, id job.ID, attempt uint32) (wire.Certificate, error) {
	if id != c.Slot.Job || attempt != c.Slot.Attempt {
		return wire.Certificate{}, ErrNotFound
	}
	return wire.Certificate(c), nil
}

func testCertificate() wire.Certificate {
	c := wire.Certificate{Slot: wire.Slot{Job: job.ID{15: 7}, Attempt: 2}, Round: 1, Verdict: wire.Valid, Signatures: make([]wire.Signature, 2)}
	c.Signers.Set(0)
	c.Signers.Set(3)
	c.Signatures[0].R.SetUint64(1)
	c.Signatures[0].S.SetUint64(2)
	c.Signatures[1].R.SetUint64(3)
	c.Signatures[1].S.SetUint64(4)
	return c
}

// TestFetchCertificates asks among peers that have none, that lie, and that do not speak the protocol.
func TestFetchCertificates(t *testing.T) {
	want := testCertificate()
	client, honest, without, mute := newHost(t), newHost(t), newHost(t), newHost(t)
	honest.ServeCertificates(oneCertificate(want))
	without.ServeCertificates(oneCertificate{})
	connect(t, client, honest)
	connect(t, client, without)
	connect(t, client, mute)
	other := want
	other.Slot.Attempt++
	encoded, err := other.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range [][]byte{nil, {9}, {0, 0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0, 1, 5}, append([]byte{0, 0, 0, byte(len(encoded) >> 8), byte(len(encoded))}, encoded...)} {
		liar := newHost(t)
		liar.libp2p.SetStreamHandler(CertificateProtocol, func(s network.Stream) {
			_, _ = io.CopyN(io.Discard, s, certificateRequest)
			_, _ = s.Write(answer)
			_ = s.Close()
		})
		connect(t, client, liar)
	}
	found := client.FetchCertificates(deadline(t), want.Slot.Job, want.Slot.Attempt)
	if len(found) != 1 {
		t.Fatalf("found %d certificates, want 1", len(found))
	}
	a, _ := found[0].MarshalBinary()
	if b, _ := want.MarshalBinary(); !bytes.Equal(a, b) {
		t.Error("another certificate came back")
	}
	if found := client.FetchCertificates(deadline(t), job.ID{1}, 1); len(found) != 0 {
		t.Errorf("found %d certificates on an unknown attempt", len(found))
	}
}

func FuzzReadCertificate(f *testing.F) {
	want := testCertificate()
	encoded, err := want.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append([]byte{0, 0, 0, byte(len(encoded) >> 8), byte(len(encoded))}, encoded...))
	f.Add([]byte{1})
	f.Add([]byte{0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readCertificate(bytes.NewReader(b), want.Slot.Job, want.Slot.Attempt)
		if err != nil {
			return
		}
		if c.Slot.Job != want.Slot.Job || c.Slot.Attempt != want.Slot.Attempt {
			t.Error("took a certificate on another attempt")
		}
		if again, err := c.MarshalBinary(); err != nil || !bytes.HasPrefix(b[5:], again) {
			t.Errorf("took an encoding that is not canonical: %v", err)
		}
	})
}
