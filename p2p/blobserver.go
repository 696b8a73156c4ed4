package p2p

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/sage-network/sage-node/job"
)

// BlobProtocol names the exchange of blobs by content address.
const BlobProtocol = "/sage/blob/1"

// Greatest sizes of what the exchange carries.
const (
	MaxProof  = 256 << 10
	MaxResult = 4<<20 + 64<<10 // 1024 × 1024 u32 and room for a header
	MaxInput  = 8<<20 + 64<<10 // two such matrices and room for a header
	// MaxBlob bounds all of them: servers send nothing longer, fetchers ask for nothing longer.
	MaxBlob = MaxInput
)

const (
	requestSize = 32 + 4

	statusFound    = 0
	statusNotFound = 1
	statusTooLarge = 2
	statusBusy     = 3

	// Requests that are served at a time: of strangers, of bootstrap peers, whom strangers must not
	// keep out, and of one peer. A blob being sent is in memory: 24 × MaxBlob is 200 MiB.
	servedAtOnce          = 16
	servedAtOnceBootstrap = 8
	servedAtOnceForPeer   = 4

	requestTimeout = 10 * time.Second
	serveTimeout   = time.Minute
)

// ErrNotFound: Blobs.Get has no such blob, or not for others yet; Fetch found nobody who serves it.
var ErrNotFound = errors.New("p2p: blob not found")

// Blobs is what a host serves. Get is called concurrently. It returns ErrNotFound (possibly wrapped)
// for what it does not have or must not serve yet: proofs and results are for others only once the
// chain has accepted their submission.
type Blobs interface {
	Get(ctx context.Context, hash job.Hash) ([]byte, error)
}

// blobLimits counts streams being served.
type blobLimits struct {
	mu                   sync.Mutex
	strangers, bootstrap int
	each                 map[peer.ID]int
}

func newBlobLimits() blobLimits { return blobLimits{each: make(map[peer.ID]int)} }

func (l *blobLimits) enter(id peer.ID, bootstrap bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	served, most := &l.strangers, servedAtOnce
	if bootstrap {
		served, most = &l.bootstrap, servedAtOnceBootstrap
	}
	if *served >= most || l.each[id] >= servedAtOnceForPeer {
		return false
	}
	*served++
	l.each[id]++
	return true
}

func (l *blobLimits) leave(id peer.ID, bootstrap bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bootstrap {
		l.bootstrap--
	} else {
		l.strangers--
	}
	if l.each[id]--; l.each[id] == 0 {
		delete(l.each, id)
	}
}

// ServeBlobs answers requests for blobs until the host closes. A later call replaces what is served.
func (h *Host) ServeBlobs(blobs Blobs) {
	h.libp2p.SetStreamHandler(BlobProtocol, func(s network.Stream) {
		if err := h.serveBlob(s, blobs); err != nil {
			h.log.Debug("blob request failed", "peer", s.Conn().RemotePeer(), "error", err)
			_ = s.Reset()
			return
		}
		_ = s.Close()
	})
}

func (h *Host) serveBlob(s network.Stream, blobs Blobs) error {
	if err := s.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	var request [requestSize]byte
	if _, err := io.ReadFull(s, request[:]); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	// Only who has asked takes a place: a stream that stays silent costs nobody else anything.
	remote := s.Conn().RemotePeer()
	bootstrap := h.bootstrap[remote]
	if !h.blobs.enter(remote, bootstrap) {
		_, err := s.Write([]byte{statusBusy})
		return err
	}
	defer h.blobs.leave(remote, bootstrap)
	if err := s.SetDeadline(time.Now().Add(serveTimeout)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(h.ctx, serveTimeout)
	defer cancel()
	blob, err := blobs.Get(ctx, job.Hash(request[:32]))
	status := byte(statusFound)
	switch limit := binary.BigEndian.Uint32(request[32:]); {
	case errors.Is(err, ErrNotFound):
		status = statusNotFound
	case err != nil:
		return err
	case len(blob) > int(limit) || len(blob) > MaxBlob:
		status = statusTooLarge
	}
	if status != statusFound {
		_, err := s.Write([]byte{status})
		return err
	}
	head := binary.BigEndian.AppendUint32([]byte{statusFound}, uint32(len(blob)))
	if _, err := io.Copy(s, io.MultiReader(bytes.NewReader(head), bytes.NewReader(blob))); err != nil {
		return fmt.Errorf("send blob: %w", err)
	}
	return nil
}
