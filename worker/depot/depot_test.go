package depot

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/executor"
)

type token string

func (s token) Token(context.Context) (string, error) { return string(s), nil }

func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return New(u, s.Client(), token("secret"))
}

var (
	blob   = []byte("a proof")
	hash   = job.Hash(blake3.Sum256(blob))
	upload = wire.Upload{Kind: wire.BlobResult, Job: job.ID{1}, Attempt: 2, Fence: 3, Commitment: job.Hash{4}}
)

func TestPut(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, err := wire.ParseUpload(r.URL.Query())
		if err != nil || got != upload || r.Method != http.MethodPut || r.URL.Path != "/v1/blobs/"+hash.String() || r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("%s %s %v %+v", r.Method, r.URL, err, r.Header)
		}
		if b, _ := io.ReadAll(r.Body); string(b) != string(blob) {
			t.Errorf("body %q", b)
		}
		w.WriteHeader(http.StatusCreated)
	})
	if err := c.Put(t.Context(), upload, hash, blob); err != nil {
		t.Error(err)
	}
}

func TestAnswers(t *testing.T) {
	for status, final := range map[int]bool{400: true, 401: false, 404: true, 408: false, 409: true, 413: true, 422: true, 429: false, 500: false, 503: false, 202: true} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, `{"code":"x","message":"because"}`)
		})
		for what, err := range map[string]error{"put": c.Put(t.Context(), upload, hash, blob), "get": func() error { _, err := c.Get(t.Context(), hash, 10); return err }()} {
			if err == nil || errors.Is(err, executor.ErrDepot) != final || !strings.Contains(err.Error(), "because") {
				t.Errorf("%s %d: %v", what, status, err)
			}
		}
	}
}

func TestGet(t *testing.T) {
	body := string(blob)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Error("no token")
		}
		io.WriteString(w, body)
	})
	if got, err := c.Get(t.Context(), hash, len(blob)); err != nil || string(got) != string(blob) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := c.Get(t.Context(), hash, len(blob)-1); !errors.Is(err, executor.ErrDepot) {
		t.Errorf("over the limit: %v", err)
	}
	body = "another"
	if _, err := c.Get(t.Context(), hash, 100); !errors.Is(err, executor.ErrDepot) || !strings.Contains(err.Error(), "hashes to") {
		t.Errorf("another blob: %v", err)
	}
}

func TestNoCoordinator(t *testing.T) {
	u, _ := url.Parse("http://127.0.0.1:1")
	if err := New(u, nil, token("x")).Put(t.Context(), upload, hash, blob); err == nil || errors.Is(err, executor.ErrDepot) {
		t.Errorf("%v, want an error that passes", err)
	}
}
