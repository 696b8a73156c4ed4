package p2p

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// CertificateProtocol names the exchange of quorum certificates by attempt.
const CertificateProtocol = "/sage/certificate/2"

const (
	certificateRequest = 16 + 4
	// What one peer may take, and how many peers are asked, at a time.
	certificateTimeout = 10 * time.Second
	certificatePeers   = 16
)

// Certificates is what a validator's host serves. Certificate is called concurrently; it returns
// ErrNotFound (possibly wrapped) where there is none.
type Certificates interface {
	Certificate(ctx context.Context, id job.ID, attempt uint32) (wire.Certificate, error)
}

// ServeCertificates answers requests for certificates until the host closes.
func (h *Host) ServeCertificates(from Certificates) {
	h.libp2p.SetStreamHandler(CertificateProtocol, func(s network.Stream) {
		if err := h.serveCertificate(s, from); err != nil {
			h.log.Debug("certificate request failed", "peer", s.Conn().RemotePeer(), "error", err)
			_ = s.Reset()
			return
		}
		_ = s.Close()
	})
}

func (h *Host) serveCertificate(s network.Stream, from Certificates) error {
	if err := s.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	var request [certificateRequest]byte
	if _, err := io.ReadFull(s, request[:]); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	ctx, cancel := context.WithTimeout(h.ctx, requestTimeout)
	defer cancel()
	c, err := from.Certificate(ctx, job.ID(request[:16]), binary.BigEndian.Uint32(request[16:]))
	if errors.Is(err, ErrNotFound) {
		_, err := s.Write([]byte{statusNotFound})
		return err
	}
	if err != nil {
		return err
	}
	encoded, err := c.MarshalBinary()
	if err != nil {
		return err
	}
	answer := binary.BigEndian.AppendUint32([]byte{statusFound}, uint32(len(encoded)))
	_, err = s.Write(append(answer, encoded...))
	return err
}

// FetchCertificates asks connected peers, bootstrap peers first and 16 at most, for certificates on an
// attempt. It returns those that name the attempt; nothing else about them is checked: whether a
// certificate shows a quorum is for the contract to say. None found is no error.
func (h *Host) FetchCertificates(ctx context.Context, id job.ID, attempt uint32) []wire.Certificate {
	peers := h.candidates(nil, CertificateProtocol)
	peers = peers[:min(len(peers), certificatePeers)]
	answers := make(chan *wire.Certificate, len(peers))
	for _, p := range peers {
		go func() {
			c, err := h.fetchCertificate(ctx, p, id, attempt)
			if err != nil {
				h.log.Debug("no certificate", "peer", p, "error", err)
				c = nil
			}
			answers <- c
		}()
	}
	var found []wire.Certificate
	for range peers {
		if c := <-answers; c != nil {
			found = append(found, *c)
		}
	}
	return found
}

func (h *Host) fetchCertificate(ctx context.Context, from peer.ID, id job.ID, attempt uint32) (_ *wire.Certificate, err error) {
	ctx, cancel := context.WithTimeout(ctx, certificateTimeout)
	defer cancel()
	s, err := h.libp2p.NewStream(network.WithNoDial(ctx, "certificates come from connected peers"), from, CertificateProtocol)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = s.Reset() })() // the stream knows no context
	defer func() {
		if err != nil {
			_ = s.Reset()
		} else {
			_ = s.Close()
		}
	}()
	if _, err := s.Write(binary.BigEndian.AppendUint32(id[:], attempt)); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	_ = s.CloseWrite()
	return readCertificate(s, id, attempt)
}

// readCertificate reads an answer, and no further than it may go.
func readCertificate(r io.Reader, id job.ID, attempt uint32) (*wire.Certificate, error) {
	var head [1 + 4]byte
	if _, err := io.ReadFull(r, head[:1]); err != nil {
		return nil, fmt.Errorf("read status: %w", err)
	}
	switch head[0] {
	case statusFound:
	case statusNotFound:
		return nil, ErrNotFound
	default:
		return nil, fmt.Errorf("%w: status %d", ErrMismatch, head[0])
	}
	if _, err := io.ReadFull(r, head[1:]); err != nil {
		return nil, fmt.Errorf("read size: %w", err)
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size > wire.MaxCertificateSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, wire.MaxCertificateSize)
	}
	encoded := make([]byte, size)
	if _, err := io.ReadFull(r, encoded); err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	var c wire.Certificate
	if err := c.UnmarshalBinary(encoded); err != nil {
		return nil, err
	}
	if c.Slot.Job != id || c.Slot.Attempt != attempt {
		return nil, fmt.Errorf("%w: certificate on attempt %d of %s", ErrMismatch, c.Slot.Attempt, c.Slot.Job)
	}
	return &c, nil
}
