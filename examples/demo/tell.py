"""Sends one packet to a group, with Python's socket module and nothing else: tell.py GROUP PORT TEXT"""
import socket
import sys

socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(sys.argv[3].encode(), (sys.argv[1], int(sys.argv[2])))
