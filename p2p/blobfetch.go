package p2p

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/job"
)

var (
	// ErrMismatch: a peer sent something else than what was asked for.
	ErrMismatch = errors.New("p2p: blob does not match its hash")
	// ErrBusy: a peer serves too many at the moment.
	ErrBusy = errors.New("p2p: peer is busy")
)

const (
	// Peers that have not delivered by then get company: so many more are asked each time.
	fetchPatience = 2 * time.Second
	fetchMore     = 4
	// What one peer may take in all.
	fetchTimeout = 30 * time.Second
	// How many are asked at a time. Many, for a peer that stalls occupies a place until its time is over.
	fetchAtOnce = 32
)

// Fetch gets a blob of at most maxSize bytes by its BLAKE3 hash: from the given peers first, which
// are looked up and connected to where they are not connected, then from everybody connected who
// speaks the protocol. Slow peers are overtaken. It returns ErrNotFound when all were asked in vain;
// the error then names what each of them did.
func (h *Host) Fetch(ctx context.Context, hash job.Hash, maxSize int, from ...peer.ID) ([]byte, error) {
	if maxSize <= 0 || maxSize > MaxBlob {
		return nil, fmt.Errorf("%w: limit of %d bytes, want 1 to %d", ErrConfig, maxSize, MaxBlob)
	}
	from = h.others(from)
	sought := len(from) // those who are worth a search
	candidates := h.candidates(from, BlobProtocol)
	ctx, cancel := context.WithCancel(ctx)
	type answer struct {
		blob []byte
		err  error
	}
	answers := make(chan answer, len(candidates))
	asked, open := 0, 0
	defer func() {
		cancel()
		for range open {
			<-answers
		}
	}()
	ask := func() {
		if asked == len(candidates) || open == fetchAtOnce {
			return
		}
		id, named := candidates[asked], asked < sought
		asked++
		open++
		go func() {
			blob, err := h.fetchFrom(ctx, id, hash, maxSize, named)
			if err != nil {
				err = fmt.Errorf("%s: %w", id, err)
			}
			answers <- answer{blob, err}
		}()
	}
	failures := []error{fmt.Errorf("%w: %x, %d peers asked", ErrNotFound, hash[:], len(candidates))}
	ticker := time.NewTicker(fetchPatience)
	defer ticker.Stop()
	ask()
	for open > 0 {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
			for range fetchMore {
				ask()
			}
		case a := <-answers:
			open--
			if a.err == nil {
				return a.blob, nil
			}
			failures = append(failures, a.err)
			ask()
		}
	}
	return nil, errors.Join(failures...)
}

// others drops the host itself and repetitions.
func (h *Host) others(ids []peer.ID) []peer.ID {
	var list []peer.ID
	for _, id := range ids {
		if id != h.ID() && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// candidates lists the given peers, then the connected ones: bootstrap peers, those that are known to
// speak the protocol, and those of whom it is not known yet. Strangers come in random order: a crowd of peers
// that stall cannot count on being asked first, nor again.
func (h *Host) candidates(first []peer.ID, speaks protocol.ID) []peer.ID {
	list := slices.Clone(first)
	connected := h.Peers()
	for _, id := range connected {
		if h.bootstrap[id] && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	rand.Shuffle(len(connected), func(i, j int) { connected[i], connected[j] = connected[j], connected[i] })
	var unknown []peer.ID
	for _, id := range connected {
		if slices.Contains(list, id) {
			continue
		}
		if known, err := h.libp2p.Peerstore().GetProtocols(id); err != nil || len(known) == 0 {
			unknown = append(unknown, id)
		} else if serves, err := h.libp2p.Peerstore().SupportsProtocols(id, speaks); err == nil && len(serves) > 0 {
			list = append(list, id)
		}
	}
	return append(list, unknown...)
}

// fetchFrom asks one peer; one that is sought is connected to first.
func (h *Host) fetchFrom(ctx context.Context, id peer.ID, hash job.Hash, maxSize int, sought bool) (_ []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if sought {
		if err := h.reach(ctx, id); err != nil {
			return nil, err
		}
	}
	s, err := h.libp2p.NewStream(network.WithNoDial(ctx, "blobs come from connected peers"), id, BlobProtocol)
	if err != nil {
		return nil, err
	}
	// The stream knows no context: resetting it ends reads and writes in progress.
	release := context.AfterFunc(ctx, func() { _ = s.Reset() })
	defer func() {
		release()
		if err != nil {
			_ = s.Reset()
		} else {
			_ = s.Close()
		}
	}()
	request := binary.BigEndian.AppendUint32(hash[:], uint32(maxSize))
	if _, err := s.Write(request); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	_ = s.CloseWrite()
	return readBlob(s, hash, maxSize)
}

// readBlob reads an answer, and no further than it may go.
func readBlob(r io.Reader, hash job.Hash, maxSize int) ([]byte, error) {
	var status [1]byte
	if _, err := io.ReadFull(r, status[:]); err != nil {
		return nil, fmt.Errorf("read status: %w", err)
	}
	switch status[0] {
	case statusFound:
	case statusNotFound:
		return nil, ErrNotFound
	case statusBusy:
		return nil, ErrBusy
	case statusTooLarge:
		return nil, fmt.Errorf("%w: over %d bytes", ErrTooLarge, maxSize)
	default:
		return nil, fmt.Errorf("%w: status %d", ErrMismatch, status[0])
	}
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, fmt.Errorf("read size: %w", err)
	}
	size := binary.BigEndian.Uint32(length[:])
	if int64(size) > int64(maxSize) {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, maxSize)
	}
	hasher := blake3.New(32, nil)
	var blob []byte
	// Grow with what arrives, not with what is promised.
	for len(blob) < int(size) {
		step := min(int(size)-len(blob), 64<<10)
		blob = slices.Grow(blob, step)
		chunk := blob[len(blob) : len(blob)+step]
		if _, err := io.ReadFull(r, chunk); err != nil {
			return nil, fmt.Errorf("read blob at %d of %d bytes: %w", len(blob), size, err)
		}
		_, _ = hasher.Write(chunk)
		blob = blob[:len(blob)+step]
	}
	if got := job.Hash(hasher.Sum(nil)); got != hash {
		return nil, fmt.Errorf("%w: %x, want %x", ErrMismatch, got[:], hash[:])
	}
	return blob, nil
}
