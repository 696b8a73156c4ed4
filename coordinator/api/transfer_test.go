package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
)

func TestUploadsOfOneWorker(t *testing.T) {
	s := &server{uploading: map[felt.Felt]int{}}
	one, two := starkhash.Uint64(1), starkhash.Uint64(2)
	var leave func()
	for range maxUploading {
		var ok bool
		if leave, ok = s.enter(one); !ok {
			t.Fatal("refused within the bound")
		}
	}
	if _, ok := s.enter(one); ok {
		t.Error("admitted over the bound")
	}
	if _, ok := s.enter(two); !ok {
		t.Error("another worker is refused")
	}
	leave()
	if _, ok := s.enter(one); !ok {
		t.Error("refused after one has ended")
	}
}

// TestTransferBoundsTimeOnlyWhileItLasts: a connection that is used again is not cut by the deadlines of an
// earlier transfer.
func TestTransferBoundsTimeOnlyWhileItLasts(t *testing.T) {
	places := make(chan struct{}, 1)
	var deadlines []string
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leave, ok := transfer(watched{w, &deadlines}, r, places)
		if !ok {
			t.Error("no place")
			return
		}
		leave()
	}))
	defer node.Close()
	r, err := node.Client().Get(node.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if got := strings.Join(deadlines, " "); got != "read write read-off write-off" {
		t.Errorf("deadlines: %s", got)
	}
	if len(places) != 0 {
		t.Error("the place is still taken")
	}
}

// watched notes what deadlines are set.
type watched struct {
	http.ResponseWriter
	deadlines *[]string
}

func (w watched) note(what string, off bool) error {
	if off {
		what += "-off"
	}
	*w.deadlines = append(*w.deadlines, what)
	return nil
}

func (w watched) SetReadDeadline(d time.Time) error  { return w.note("read", d.IsZero()) }
func (w watched) SetWriteDeadline(d time.Time) error { return w.note("write", d.IsZero()) }
