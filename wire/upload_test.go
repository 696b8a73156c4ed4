package wire

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/job"
)

func TestUploadRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := Upload{
			Kind: rapid.SampledFrom([]BlobKind{BlobProof, BlobResult}).Draw(t, "kind"), Job: job.ID{rapid.Byte().Draw(t, "job")},
			Attempt: rapid.Uint32Min(1).Draw(t, "attempt"), Fence: rapid.Uint64().Draw(t, "fence"),
		}
		if u.Kind == BlobResult {
			u.Commitment = job.Hash{rapid.Byte().Draw(t, "commitment")}
		}
		values, err := url.ParseQuery(u.Query())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseUpload(values); err != nil || got != u {
			t.Fatalf("%+v became %+v, %v", u, got, err)
		}
	})
}

func TestUploadRefuses(t *testing.T) {
	good := Upload{Kind: BlobResult, Job: job.ID{1}, Attempt: 1, Fence: 2, Commitment: job.Hash{3}}.Query()
	for from, to := range map[string]string{
		"kind=result": "kind=input", "attempt=1": "attempt=0", "fence=2": "fence=-2", "job=0x": "job=", "commitment=03": "commitment=3",
	} {
		if !strings.Contains(good, from) {
			t.Fatalf("%s is not in %s", from, good)
		}
		values, err := url.ParseQuery(strings.Replace(good, from, to, 1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseUpload(values); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", to, err)
		}
	}
}

func TestSplitInput(t *testing.T) {
	a, b, err := SplitInput(JoinInput([]byte("one"), []byte("three")))
	if err != nil || string(a) != "one" || string(b) != "three" {
		t.Fatalf("%q, %q, %v", a, b, err)
	}
	for _, bad := range [][]byte{nil, {1, 0, 0}, {5, 0, 0, 0, 1}, {255, 255, 255, 255}} {
		if _, _, err := SplitInput(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, _, err := SplitInput(make([]byte, MaxInputBlob+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func FuzzSplitInput(f *testing.F) {
	f.Add(JoinInput([]byte("one"), nil))
	f.Fuzz(func(t *testing.T, blob []byte) {
		a, b, err := SplitInput(blob)
		if err == nil && !bytes.Equal(JoinInput(a, b), blob) {
			t.Fatal("the encoding is not canonical")
		}
	})
}

func FuzzParseUpload(f *testing.F) {
	f.Add(Upload{Kind: BlobProof, Job: job.ID{1}, Attempt: 1}.Query())
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		u, err := ParseUpload(values)
		if err != nil {
			return
		}
		again, err := url.ParseQuery(u.Query())
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseUpload(again); err != nil || back != u {
			t.Fatalf("%+v became %+v, %v", u, back, err)
		}
	})
}
