package wire

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/job"
)

func workerSamples() []WorkerMessage {
	id := job.ID{1, 2}
	worker := Felt(*new(felt.Felt).SetUint64(77))
	return []WorkerMessage{
		Challenge{Network: "devnet", Nonce: job.Hash{9}},
		Auth{Worker: worker, NodeKey: []byte{2}, Signature: []byte{3}, Manifest: Manifest{Tier: job.TierConsumer, GPU: []GPU{{Model: "T4", Count: 1}}}, Holding: []Holding{{Job: id, Attempt: 1, Fence: 4, State: job.Proving}}},
		Welcome{Session: "s", HeartbeatSeconds: 5, OfflineSeconds: 30},
		Heartbeat{Timestamp: 1701792000, Status: "busy", CurrentJob: &id, ModelsLoaded: []string{}},
		HeartbeatAck{Timestamp: 1, QueuePosition: 3},
		Offer{Job: id, Attempt: 1, Fence: 2, Payload: []byte("sealed")},
		Declined{Job: id, Attempt: 1, Fence: 2, Reason: "price"},
		Progress{Job: id, Attempt: 1, Fence: 2, State: job.Proving, Phase: "commit", Fraction: 0.5},
		ComputeResult{TaskID: id, Attempt: 1, Worker: worker, ResultHash: job.Hash{5}},
		Failed{Job: id, Attempt: 1, Fence: 2, Reason: "memory"},
		Withdrawn{Job: id, Attempt: 1, Reason: "lease lost"},
		Settled{Job: id, Attempt: 1, State: job.Paid},
		Refusal{Code: "unregistered", Message: "m", Hint: "h"},
	}
}

func TestWorkerMessagesRoundTrip(t *testing.T) {
	samples := workerSamples()
	if len(samples) != len(workerDecoders) {
		t.Fatalf("%d samples for %d message types", len(samples), len(workerDecoders))
	}
	for _, m := range samples {
		b, err := EncodeWorker(m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeWorker(b)
		if err != nil || !reflect.DeepEqual(back, m) {
			t.Errorf("%s became %+v, %v", b, back, err)
		}
	}
}

func TestDecodeWorkerRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want error
	}{
		"version":       {`{"v":2,"type":"heartbeat_ack","body":{"timestamp":1,"queue_position":0}}`, ErrVersion},
		"type":          {`{"v":1,"type":"reboot","body":{}}`, ErrMalformed},
		"field":         {`{"v":1,"type":"heartbeat_ack","body":{"timestamp":1,"queue_position":0,"x":1}}`, ErrMalformed},
		"outer field":   {`{"v":1,"type":"heartbeat_ack","body":{},"x":1}`, ErrMalformed},
		"two values":    {`{"v":1,"type":"heartbeat_ack","body":{}}{}`, ErrMalformed},
		"no body":       {`{"v":1,"type":"heartbeat_ack"}`, ErrMalformed},
		"not JSON":      {`hello`, ErrMalformed},
		"bad job":       {`{"v":1,"type":"failed","body":{"job":"0xzz","attempt":1,"fence":1,"reason":""}}`, ErrMalformed},
		"oversized":     {`{"v":1,"type":"` + strings.Repeat("a", MaxWorkerMessage) + `"}`, ErrTooLarge},
		"negative v":    {`{"v":-1,"type":"heartbeat","body":{}}`, ErrVersion},
		"attempt range": {`{"v":1,"type":"failed","body":{"job":"0x1","attempt":4294967296,"fence":1,"reason":""}}`, ErrMalformed},
	} {
		if _, err := DecodeWorker([]byte(tc.in)); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if _, err := EncodeWorker(Refusal{Message: strings.Repeat("a", MaxWorkerMessage)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("an oversized message was framed: %v", err)
	}
}

func FuzzDecodeWorker(f *testing.F) {
	for _, m := range workerSamples() {
		b, err := EncodeWorker(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := DecodeWorker(b)
		if err != nil {
			return
		}
		if _, err := EncodeWorker(m); err != nil && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("decoded but does not encode: %v", err)
		}
	})
}

func TestNodeSignatures(t *testing.T) {
	key := secp256k1.PrivKeyFromBytes(bytes.Repeat([]byte{7}, 32))
	m := Manifest{Tier: job.TierConsumer, Region: "eu"}
	c := Challenge{Network: "devnet", Nonce: job.Hash{1}}
	d := AuthDigest(c, Felt{}, m)
	sig := SignNode(key, d)
	if err := VerifyNode(key.PubKey(), d, sig); err != nil {
		t.Fatal(err)
	}
	for i := range sig {
		bad := bytes.Clone(sig)
		bad[i] ^= 1
		if VerifyNode(key.PubKey(), d, bad) == nil {
			t.Fatalf("byte %d does not matter", i)
		}
	}
	var s secp256k1.ModNScalar
	s.SetByteSlice(sig[32:])
	s.Negate()
	high := s.Bytes()
	if VerifyNode(key.PubKey(), d, append(bytes.Clone(sig[:32]), high[:]...)) == nil {
		t.Error("high s was accepted")
	}
	if VerifyNode(key.PubKey(), d, sig[:63]) == nil || VerifyNode(key.PubKey(), d, make([]byte, 64)) == nil {
		t.Error("a short or zero signature was accepted")
	}
	other := c
	other.Nonce[0]++
	if VerifyNode(key.PubKey(), AuthDigest(other, Felt{}, m), sig) == nil {
		t.Error("an answer serves two challenges")
	}
	if VerifyNode(key.PubKey(), ManifestDigest(m), sig) == nil {
		t.Error("an answer serves as a manifest's signature")
	}
}

func TestNodeKeyFromChain(t *testing.T) {
	for n := range uint32(64) { // both parities
		key := secp256k1.NewPrivateKey(new(secp256k1.ModNScalar).SetInt(n + 1)).PubKey()
		got, err := NodeKeyFromChain(NodeKeyOnChain(key))
		if err != nil || !got.IsEqual(key) {
			t.Fatalf("key %d: %v, %v", n, got, err)
		}
	}
	// 5 is no point's x; the second is above the field's modulus.
	for _, x := range [][32]byte{{31: 5}, [32]byte(bytes.Repeat([]byte{0xff}, 32))} {
		if key, err := NodeKeyFromChain(x, false); !errors.Is(err, ErrMalformed) {
			t.Errorf("x %x: %v, %v", x, key, err)
		}
	}
}
