"""Sends one packet to a group, with Python's socket module and nothing else.

  tell.py GROUP PORT TEXT
"""
import socket
import sys

group, port, text = sys.argv[1], int(sys.argv[2]), sys.argv[3]
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(text.encode(), (group, port))
