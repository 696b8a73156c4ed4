package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/coordinator/client"
	"github.com/sage-network/sage-node/job"
)

// TestWaitOutlastsFailures: a coordinator that fails for a while, as one does that is being stopped, ends no
// wait; one that refuses does.
func TestWaitOutlastsFailures(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		want   string
	}{
		"stopping": {http.StatusInternalServerError, "PAID"},
		"gateway":  {http.StatusBadGateway, "PAID"},
		"refused":  {http.StatusUnauthorized, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				switch asked.Add(1) {
				case 1:
					_, _ = io.WriteString(w, `{"state": "PROVING"}`)
				case 2:
					w.WriteHeader(c.status)
				default:
					_, _ = io.WriteString(w, `{"state": "PAID"}`)
				}
			}))
			defer server.Close()
			one := client.New(server.URL, api.Key{})
			defer one.Close()
			j, err := wait(t.Context(), one, func() (*client.Client, error) { return one, nil }, job.ID{1}, io.Discard)
			if (err == nil) != (c.want != "") || err == nil && j.State != c.want {
				t.Fatalf("state %q, %v", j.State, err)
			}
		})
	}
}

// TestWaitFollowsTheCoordinator: one that restarts serves at another address.
func TestWaitFollowsTheCoordinator(t *testing.T) {
	serve := func(state string) *httptest.Server {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"state": "`+state+`"}`)
		}))
	}
	before, after := serve("PROVING"), serve("PAID")
	defer after.Close()
	one := client.New(before.URL, api.Key{})
	defer one.Close()
	talk := writer(func([]byte) { before.CloseClientConnections(); before.Close() }) // at the first word of progress
	j, err := wait(t.Context(), one, func() (*client.Client, error) { return client.New(after.URL, api.Key{}), nil }, job.ID{1}, talk)
	if err != nil || j.State != "PAID" {
		t.Fatalf("state %q, %v", j.State, err)
	}
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) {
	w(b)
	return len(b), nil
}
